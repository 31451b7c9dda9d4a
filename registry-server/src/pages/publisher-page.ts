import type { FoundPlugins } from '../marketplace/find-plugins.ts';
import type { ProofRow } from '../store/community.ts';
import { html } from '@agent-factory/sdk';
import { layout } from './layout.ts';
import { counted, pluginPath, shownDay } from './words.ts';

/** The page of an organisation or an account that publishes. */
export function publisherPage(
  url: string,
  name: string,
  kind: 'organisation' | 'account',
  proofs: readonly ProofRow[],
  found: FoundPlugins,
): string {
  const plugins = found.found.map(
    ({ entry }) => JSON.parse(entry) as { name: string; description: string; version: string }, // the registry wrote it
  );
  return layout(
    {
      url,
      path: `/publishers/${encodeURIComponent(name)}`,
      title: `${name} – publisher of plugins`,
      description: `Plugins for Agent Factory published by ${name}.`,
      data: {
        '@type': kind === 'organisation' ? 'Organization' : 'Person',
        name,
        url: `${url}/publishers/${name}`,
      },
    },
    html`<h1>${name}</h1>
      <p class="lead">
        ${kind === 'organisation' ? 'An organisation' : 'A person'} with ${counted(found.total, 'plugin')}.
      </p>
      ${
        proofs.length === 0
          ? html`<p><span class="tag warn">unproven</span> Nothing shows who this is beyond the name.</p>`
          : html`<ul class="plain">
              ${proofs.map(
                ({ kind: what, value, verified }) =>
                  html`<li>
                    <span class="tag good">proven</span> the ${what} <strong>${value}</strong> is theirs
                    (${shownDay(verified ?? '')})
                  </li>`,
              )}
            </ul>`
      }
      <h2>Plugins</h2>
      <ul class="cards">
        ${plugins.map(
          (one) =>
            html`<li>
              <a class="name" href="${pluginPath(one.name)}">${one.name}</a>
              <span class="quiet">${one.version}</span>
              <div>${one.description}</div>
            </li>`,
        )}
      </ul>`,
  );
}
