import { describe, expect, it } from "vitest";
import { decodeText, guessSeparator } from "./textFile.ts";

const utf16 = (text: string, bigEndian = false, mark = true) => {
  const units = [...(mark ? "\ufeff" : ""), ...text].flatMap((c) => [...Array(c.length).keys()].map((i) => c.charCodeAt(i)));
  return Uint8Array.from(units.flatMap((unit) => (bigEndian ? [unit >> 8, unit & 255] : [unit & 255, unit >> 8])));
};
const utf8 = (text: string) => new TextEncoder().encode(text);

describe("the text of a file", () => {
  const text = "name,größe\nä,1\n";
  it.each([
    ["UTF-8", utf8(text)],
    ["UTF-8 with a byte order mark", utf8(`\ufeff${text}`)],
    ["UTF-16, little end first", utf16(text)],
    ["UTF-16, big end first", utf16(text, true)],
    ["UTF-16 without its mark", utf16(text, false, false)],
    ["UTF-16 without its mark, big end first", utf16(text, true, false)],
  ])("is read from %s", (_, bytes) => expect(decodeText(bytes, "t.csv")).toBe(text));

  it("is whole where it is longer than what is decoded at once, and characters lie across the cut", () => {
    const long = "x".repeat((1 << 20) - 1) + "äöü".repeat(1000);
    expect(decodeText(utf8(long), "t.csv")).toBe(long);
    expect(decodeText(utf16(`${long}😀`), "t.csv")).toBe(`${long}😀`);
  });

  it("in another encoding is refused with the line, and with what makes UTF-8 of it", () => {
    const latin1 = Uint8Array.from([..."a,b\ncaf\xe9,1\n"].map((c) => c.charCodeAt(0)));
    expect(() => decodeText(latin1, "t.csv")).toThrow(/t\.csv:2: .*not UTF-8[\s\S]*iconv -f WINDOWS-1252 -t UTF-8 't\.csv'/);
  });

  it.each([
    ["a spreadsheet", [0x50, 0x4b, 3, 4, 20, 0], "spreadsheet"],
    ["UTF-32", [0xff, 0xfe, 0, 0, 97, 0, 0, 0], "UTF-32"],
    ["bytes", [97, 0, 0, 0, 44, 1], "not text"],
    ["half of a UTF-16 pair", [0xff, 0xfe, 0x00, 0xd8], "damaged UTF-16"],
  ])("is not found in %s", (_, bytes, said) => expect(() => decodeText(Uint8Array.from(bytes), "t")).toThrow(said));

  it("may be empty", () => expect(decodeText(new Uint8Array(), "t")).toBe(""));
});

describe("the separator of a table", () => {
  it.each([
    ["a,b,c\n1;2;3", ","],
    ["\n a;b;c", ";"],
    ["a\tb\n", "\t"],
    ['"a;b;c;d",e', ","],
    ["alone", ","],
    ["", ","],
  ])("of %j is %j", (text, separator) => expect(guessSeparator(text)).toBe(separator));
});
