/** Starts the page. */
import { render } from "preact";
import { App } from "./app.tsx";
import { connect } from "./data/live.ts";
import { followAddress } from "./data/route.ts";
import { startTheme } from "./data/theme.ts";

startTheme();
followAddress();
connect();
render(<App />, document.body);
