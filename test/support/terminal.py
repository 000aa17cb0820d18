"""Runs a command in a pseudo-terminal and types into it.

Arguments: a JSON list of [text to wait for, keys to type], then the command. Prints a JSON object: what the terminal showed,
and the command's exit status. A text that does not come within 60 seconds ends the command.
"""
import fcntl, json, os, pty, select, struct, sys, termios, time

steps, command = json.loads(sys.argv[1]), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm"
    os.execvp(command[0], command)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))

shown, seen = b"", 0


def read_until(text):
    """Whether the text was shown after what was waited for before. None: until the end."""
    global shown, seen
    end = time.time() + 60
    while time.time() < end:
        at = -1 if text is None else shown.find(text.encode(), seen)
        if at >= 0:
            seen = at + len(text.encode())
            return True
        if not select.select([terminal], [], [], 0.1)[0]:
            continue
        try:
            got = os.read(terminal, 65536)
        except OSError:
            got = b""
        if not got:
            return text is None
        shown += got
    return False


complete = all(read_until(text) and os.write(terminal, keys.encode()) >= 0 for text, keys in steps) and read_until(None)
if not complete:
    os.kill(pid, 9)
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(json.dumps({"shown": shown.decode("utf8", "replace"), "code": code}))
