import { render } from "preact";

render(<p>Archwright</p>, document.body);
