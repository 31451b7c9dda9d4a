import { html, type Html, type Json } from '@agent-factory/sdk';
import { chosen, type FoundPlugins } from '../marketplace/find-plugins.ts';
import { layout } from './layout.ts';
import { counted, pluginPath, shownDay, shownNumber } from './words.ts';

/** What searches give back for a plugin, as far as it is shown. */
interface Entry {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly date: string;
  readonly license?: Json;
  readonly publisher: { readonly username: string };
  readonly agentFactory?: { readonly kind: string };
}

/** Facets a person chooses from, with what they are called. */
const facets: readonly (readonly [name: string, title: string])[] = [
  ['kind', 'Kind'],
  ['category', 'Category'],
  ['capability', 'Capability'],
  ['permission', 'Asks for'],
  ['scope', 'Publisher'],
];

const shownValues = 12;

/** The first page, which is also the page of results. */
export function homePage(url: string, query: URLSearchParams, found: FoundPlugins): string {
  const text = (query.get('text') ?? '').slice(0, 500);
  const isSearch = [...query.keys()].length > 0;
  const title = isSearch ? (text ? `${text} – plugins` : 'Plugins') : 'Plugins for Agent Factory';
  const frame = {
    url,
    path: '/',
    title,
    text,
    hidden: isSearch,
    description:
      'Plugins for Agent Factory: models, tools, storage, guardrails and more, each signed, scanned, and plain about what it may reach.',
    ...(!isSearch && {
      data: {
        '@type': 'WebSite',
        name: 'Agent Factory plugins',
        url: `${url}/`,
        potentialAction: {
          '@type': 'SearchAction',
          target: `${url}/?text={text}`,
          'query-input': 'required name=text',
        },
      },
    }),
  };
  return layout(
    frame,
    html`<h1>${isSearch ? 'Plugins' : 'Plugins for Agent Factory'}</h1>
      <p class="lead">
        ${
          isSearch
            ? html`${counted(found.total, 'plugin')} found${text && html` for “${text}”`}.`
            : 'Models, tools, storage, guardrails and whole blueprints. What a plugin may reach is shown before it is installed.'
        }
      </p>
      <div class="split left">
        <nav class="facets side" aria-label="Narrow the results">
          ${facets.map(([name, label]) => facet(name, label, query, found))}
        </nav>
        <section aria-label="Results">
          ${
            found.found.length === 0
              ? nothing(text)
              : html`<ul class="cards">
                  ${found.found.map(card)}
                </ul>`
          }
          ${pages(query, found)}
        </section>
      </div>`,
  );
}

function card({ entry, downloads }: FoundPlugins['found'][number]): Html {
  const plugin = JSON.parse(entry) as Entry; // the registry wrote it
  const kind = plugin.agentFactory?.kind ?? 'package';
  return html`<li>
    <a class="name" href="${pluginPath(plugin.name)}">${plugin.name}</a
    >${kind !== 'code' && html` <span class="tag">${kind}</span>`}
    <div>${plugin.description}</div>
    <p class="meta">
      <span>${plugin.version}</span><span>${shownDay(plugin.date)}</span
      ><span>${counted(downloads, 'download')}</span><span>by ${plugin.publisher.username}</span>${
        typeof plugin.license === 'string' && plugin.license !== '' && html`<span>${plugin.license}</span>`
      }
    </p>
  </li>`;
}

function facet(
  name: string,
  label: string,
  query: URLSearchParams,
  { counts }: FoundPlugins,
): Html | undefined {
  const selected = chosen(query, name);
  const values = Object.entries(counts[name] ?? {});
  const listed = values.filter(([value], at) => at < shownValues || selected.includes(value));
  if (listed.length === 0) return undefined;
  return html`<details open>
    <summary>${label}</summary>
    <ul class="plain">
      ${listed.map(([value, count]) => {
        const isChosen = selected.includes(value);
        const others = isChosen ? selected.filter((one) => one !== value) : [...selected, value];
        const link = withQuery(query, { [name]: others, from: [] });
        return html`<li>
          <a href="${link}" ${isChosen && html` aria-current="true"`}
            >${value}${isChosen && html` <span aria-hidden="true">✕</span><span class="quiet"> (chosen)</span>`}</a
          ><span class="quiet">${shownNumber(count)}</span>
        </li>`;
      })}
    </ul>
  </details>`;
}

function pages(query: URLSearchParams, { total, found }: FoundPlugins): Html | undefined {
  const from = Number(query.get('from') ?? 0) || 0;
  const size = Number(query.get('size') ?? 20) || 20;
  const before =
    from > 0 &&
    html`<a rel="prev" href="${withQuery(query, { from: [String(Math.max(0, from - size))] })}"
      >Newer results</a
    >`;
  const after =
    from + found.length < total &&
    html`<a rel="next" href="${withQuery(query, { from: [String(from + size)] })}">More results</a>`;
  return before || after ? html`<nav class="pages" aria-label="Pages">${before}${after}</nav>` : undefined;
}

function nothing(text: string): Html {
  return html`<p>
    Nothing fits${text && html` “${text}”`}. Fewer words, or fewer choices at the side, find more;
    <a href="/">all plugins</a> are one click away.
  </p>`;
}

/** The address of the same search, with some of its parameters changed. */
function withQuery(query: URLSearchParams, change: Readonly<Record<string, readonly string[]>>): string {
  const next = new URLSearchParams(query);
  for (const [name, values] of Object.entries(change)) {
    next.delete(name);
    for (const value of values) if (value !== '0' || name !== 'from') next.append(name, value);
  }
  const text = next.toString();
  return text ? `/?${text}` : '/';
}
