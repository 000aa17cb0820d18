/** The devices that experiments can name. */
import type { DevicesAnswer } from "../../src/contract/index.ts";
import { get } from "../data/api.ts";
import { shortened } from "../data/format.ts";
import { useLoaded } from "../parts/loaded.ts";
import { Empty, Loading, Problem } from "../parts/states.tsx";

export function DevicesPage() {
  const { value, error, reload } = useLoaded((signal) => get<DevicesAnswer>(["devices"], { signal }), "devices");
  return (
    <>
      <h1>Devices</h1>
      {error !== undefined && <Problem error={error} retry={reload} />}
      {value === undefined && error === undefined && <Loading what="devices" />}
      {value?.devices.length === 0 && (
        <Empty title="No devices">
          <p>Add the profile of one:</p>
          <pre>archwright device add my-board.yaml</pre>
        </Empty>
      )}
      {value && value.devices.length > 0 && (
        <section class="panel" aria-label="Devices">
          <table class="cards">
            <thead>
              <tr>
                <th scope="col">Device</th>
                <th scope="col">What it is</th>
              </tr>
            </thead>
            <tbody>
              {value.devices.map(({ name, description }) => (
                <tr key={name}>
                  <th scope="row">{shortened(name, 80)}</th>
                  <td data-label="What it is">{shortened(description)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </>
  );
}
