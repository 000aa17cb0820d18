/** What the plot shows: its axes, its colour, and whose costs. */
import { fullTitle } from "../../data/columns.ts";
import { shortened } from "../../data/format.ts";
import type { RunView } from "./view.ts";

export function Choosers({ view }: { readonly view: RunView }) {
  view.data.value;
  const infos = view.columns.map(({ info }) => info);
  const devices = [...new Set(infos.flatMap(({ device }) => (device === null ? [] : [device])))];
  const options = infos.map((info) => (
    <option key={info.name} value={info.name}>
      {fullTitle(info)}
    </option>
  ));
  return (
    <div class="row fields">
      {devices.length > 1 && (
        <label class="field">
          Device
          <select value={view.device.value} onChange={(event) => view.setDevice(event.currentTarget.value)}>
            {devices.map((device) => (
              <option key={device} value={device}>
                {shortened(device, 60)}
              </option>
            ))}
          </select>
        </label>
      )}
      <label class="field">
        Across
        <select value={view.x.value} onChange={(event) => view.setAxis("x", event.currentTarget.value)}>
          {options}
        </select>
      </label>
      <label class="field">
        Up
        <select value={view.y.value} onChange={(event) => view.setAxis("y", event.currentTarget.value)}>
          {options}
        </select>
      </label>
      <label class="field">
        Colour
        <select value={view.colour.value} onChange={(event) => view.setColour(event.currentTarget.value)}>
          <option value="">none</option>
          {options}
        </select>
      </label>
    </div>
  );
}
