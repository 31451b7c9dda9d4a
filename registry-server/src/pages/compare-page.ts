import { permissionDiff, type AskedPermission } from '@agent-factory/plugin-package';
import { html, type Html } from '@agent-factory/sdk';
import type { ShownVersion } from '../marketplace/plugin-details.ts';
import { layout } from './layout.ts';
import { pluginPath, shownBytes, shownDay } from './words.ts';

/** The page that says what an upgrade changes. */
export function comparePage(url: string, name: string, from: ShownVersion, to: ShownVersion): string {
  const asked = ({ permissions }: ShownVersion): Record<string, string> =>
    Object.fromEntries(permissions.map((one) => [one.name, one.reason]));
  const { added, removed, kept, widens } = permissionDiff(asked(from), asked(to));
  const title = `${name}: ${from.version} → ${to.version}`;
  return layout(
    {
      url,
      path: `${pluginPath(name)}/compare?from=${from.version}&to=${to.version}`,
      title,
      description: `What changes in ${name} from ${from.version} to ${to.version}.`,
      hidden: true,
    },
    html`<h1>${title}</h1>
      <p class="lead">
        <a href="${pluginPath(name)}">${name}</a>, ${shownDay(from.published)} to ${shownDay(to.published)}
      </p>
      ${widens ? html`<p class="notice" role="note"><strong>The newer version may do more.</strong> An upgrade waits for your consent.</p>` : html`<p>The newer version may do nothing that the older one could not.</p>`}
      ${group('New permissions', added)}${group('No longer asked for', removed)}${group('As before', kept)}
      <h2>Facts</h2>
      <div class="scroll" role="group" tabindex="0" aria-label="Facts">
        <table>
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">${from.version}</th>
              <th scope="col">${to.version}</th>
            </tr>
          </thead>
          <tbody>
            ${row('Runs on kernel', from.kernel ?? 'any', to.kernel ?? 'any')}
            ${row('Size', shownBytes(from.bytes), shownBytes(to.bytes))}
            ${row('Published by', from.publisher, to.publisher)}
            ${row('Signed with', from.authorKey ?? 'nothing', to.authorKey ?? 'nothing')}
          </tbody>
        </table>
      </div>`,
  );
}

function group(title: string, permissions: readonly AskedPermission[]): Html | false {
  return (
    permissions.length > 0 &&
    html`<h2>${title}</h2>
      <ul class="plain permits">
        ${permissions.map(
          ({ sentence, reason }) =>
            html`<li>
              It may ${sentence}.${reason !== '' && html`<span class="why">Its author says: ${reason}</span>`}
            </li>`,
        )}
      </ul>`
  );
}

function row(label: string, before: string, after: string): Html {
  return html`<tr>
    <th scope="row">${label}</th>
    <td><code>${before}</code></td>
    <td>${before === after ? 'the same' : html`<code>${after}</code>`}</td>
  </tr>`;
}
