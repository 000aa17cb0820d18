/** The frame of every page: where one is, where one can go, and whether the server is heard. */
import { useEffect, useRef } from "preact/hooks";
import { announcement } from "./data/announce.ts";
import { shortened } from "./data/format.ts";
import { connection } from "./data/live.ts";
import { linkTo, type Place, route } from "./data/route.ts";
import { setTheme, type Theme, theme, themes } from "./data/theme.ts";
import { ComparePage } from "./pages/compare.tsx";
import { DevicesPage } from "./pages/devices.tsx";
import { NewExperimentPage } from "./pages/newExperiment.tsx";
import { RunPage } from "./pages/run/run.tsx";
import { RunsPage } from "./pages/runs.tsx";
import { TrialPage } from "./pages/trial.tsx";
import { Empty } from "./parts/states.tsx";

export function App() {
  const { place } = route.value;
  const main = useRef<HTMLElement>(null);
  const key = JSON.stringify(place);
  const earlier = useRef(key);
  useEffect(() => {
    // Whoever follows a link by keyboard or hears the page goes on reading at the new page's heading.
    if (earlier.current !== key) {
      const heading = main.current?.querySelector("h1");
      heading?.setAttribute("tabindex", "-1");
      heading?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    earlier.current = key;
  }, [key]);
  useEffect(() => {
    document.title = `${titleOf(place)} · Archwright`;
  }, [place]);
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <header class="bar">
        <a class="brand" href={linkTo.runs}>
          Archwright
        </a>
        <nav aria-label="Pages">
          <NavLink to={linkTo.runs} current={["runs", "run", "trial", "compare"].includes(place.page)} text="Runs" />
          <NavLink to={linkTo.devices} current={place.page === "devices"} text="Devices" />
          <NavLink to={linkTo.new} current={place.page === "new"} text="New experiment" />
        </nav>
        <div class="end">
          <ConnectionState />
          <label>
            <span class="hidden">Colours</span>
            <select value={theme.value} onChange={(event) => setTheme(event.currentTarget.value as Theme)}>
              {themes.map((name) => (
                <option key={name} value={name}>
                  {{ system: "Auto", light: "Light", dark: "Dark" }[name]}
                </option>
              ))}
            </select>
          </label>
        </div>
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        <Page key={key} place={place} />
      </main>
      <p class="hidden" role="status" aria-live="polite">
        {announcement.value}
      </p>
    </>
  );
}

function NavLink({ to, current, text }: { readonly to: string; readonly current: boolean; readonly text: string }) {
  return (
    <a href={to} {...(current ? { "aria-current": "page" as const } : {})}>
      {text}
    </a>
  );
}

function ConnectionState() {
  const words = { connecting: "Connecting", live: "Live", lost: "Reconnecting" };
  return (
    <span class="live" data-state={connection.value} role="status">
      {words[connection.value]}
    </span>
  );
}

function Page({ place }: { readonly place: Place }) {
  switch (place.page) {
    case "runs":
      return <RunsPage />;
    case "run":
      return <RunPage run={place.run} />;
    case "trial":
      return <TrialPage run={place.run} trial={place.trial} />;
    case "compare":
      return <ComparePage runs={place.runs} />;
    case "devices":
      return <DevicesPage />;
    case "new":
      return <NewExperimentPage />;
    default:
      return (
        <>
          <h1>There is no such page</h1>
          <Empty title={shortened(location.hash, 80)}>
            <p>The address leads nowhere here.</p>
            <a href={linkTo.runs}>All runs</a>
          </Empty>
        </>
      );
  }
}

function titleOf(place: Place): string {
  switch (place.page) {
    case "runs":
      return "Runs";
    case "devices":
      return "Devices";
    case "new":
      return "New experiment";
    case "compare":
      return "Runs compared";
    case "run":
      return `Run ${shortened(place.run, 40)}`;
    case "trial":
      return `Trial ${place.trial}`;
    case "unknown":
      return "No such page";
  }
}
