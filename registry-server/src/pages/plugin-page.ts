import type { PluginDetails, ShownVersion } from '../marketplace/plugin-details.ts';
import type { ReviewRow } from '../store/community.ts';
import { html, type Html } from '@agent-factory/sdk';
import { layout } from './layout.ts';
import { renderMarkdown } from './render-markdown.ts';
import { counted, pluginPath, shownBytes, shownDay, shownNumber, webAddress } from './words.ts';

/** Everything the page of a plugin shows. */
export interface PluginPage {
  readonly url: string;
  readonly plugin: PluginDetails;
  readonly readme: string;
  readonly changelog: string;
  /** Newest first. */
  readonly versions: readonly ShownVersion[];
  readonly reviews: readonly ReviewRow[];
  /** Addresses of pictures. */
  readonly screenshots: readonly string[];
  /** Domains and repositories that were shown to be the publisher's. */
  readonly proofs: readonly string[];
}

const shownVersions = 30;

/** The page of one plugin. */
export function pluginPage(page: PluginPage): string {
  const { url, plugin, readme, changelog, versions, reviews, screenshots } = page;
  const { name, description, latest, rating } = plugin;
  const path = pluginPath(name);
  const summary = description || `${name}, a plugin for Agent Factory.`;
  return layout(
    {
      url,
      path,
      title: `${name} – plugin for Agent Factory`,
      description: summary,
      data: structuredData(page),
    },
    html`<h1>${name}</h1>
      <p class="lead">${description}</p>
      <p class="meta">
        <span>${latest.version}</span
        ><span
          >published ${shownDay(latest.published)} by
          <a href="/publishers/${encodeURIComponent(scopeOf(name) ?? latest.publisher)}"
            >${latest.publisher}</a
          ></span
        >${signed(latest)}${rating.mean !== null && html`<a href="#reviews">${stars(rating.mean)} ${rating.mean} (${counted(rating.count, 'review')})</a>`}
      </p>
      ${warnings(latest)}
      <nav class="jump" aria-label="On this page">
        <a href="#readme">Readme</a><a href="#permissions">Permissions</a
        ><a href="#versions">Versions</a>${changelog !== '' && html`<a href="#changelog">Changes</a>`}<a
          href="#reviews"
          >Reviews</a
        >
      </nav>
      <div class="split">
        <div>
          ${screenshots.length > 0 && html`<section aria-label="Screenshots"><div class="shots" role="group" tabindex="0" aria-label="Screenshots">${screenshots.map((one, at) => html`<img src="${one}" alt="Screenshot ${at + 1} of ${name}" loading="lazy" />`)}</div></section>`}
          <section id="readme" aria-labelledby="readme-title">
            <h2 id="readme-title">Readme</h2>
            <div class="prose">
              ${readme === '' ? html`<p class="quiet">This version has no readme.</p>` : renderMarkdown(readme)}
            </div>
          </section>
          ${versionTable(plugin, versions)}
          ${
            changelog !== '' &&
            html`<section id="changelog" aria-labelledby="changelog-title">
              <h2 id="changelog-title">Changes</h2>
              <div class="prose">${renderMarkdown(changelog)}</div>
            </section>`
          }
          ${reviewList(reviews, rating)}
        </div>
        <aside class="side" aria-label="About this plugin">
          <div class="box">
            <h2>Install</h2>
            <pre><code>agent-factory plugin add ${name}</code></pre>
            <p class="small quiet">It shows what the plugin asks for and waits for your consent.</p>
          </div>
          ${permissionBox(latest)} ${facts(page)}
        </aside>
      </div>`,
  );
}

function signed({ authorKey }: ShownVersion): Html {
  return authorKey === null
    ? html`<span class="tag warn">not signed by its author</span>`
    : html`<span class="tag good">signed by its author</span>`;
}

function warnings({ state, reason, deprecated }: ShownVersion): Html {
  return html`${deprecated !== null && html`<p class="notice" role="note"><strong>Deprecated.</strong> ${deprecated}</p>`}${
    state === 'yanked' &&
    html`<p class="notice" role="note">
      <strong>Withdrawn by its author.</strong> New installs do not choose it. ${reason}
    </p>`
  }${state === 'blocked' && html`<p class="notice bad" role="note"><strong>Blocked.</strong> ${reason}</p>`}`;
}

function permissionBox({ permissions }: ShownVersion): Html {
  return html`<section class="box" id="permissions" aria-labelledby="permissions-title">
    <h2 id="permissions-title">What it may do</h2>
    ${
      permissions.length === 0
        ? html`<p>It asks for nothing: no network, no files, no secrets.</p>`
        : html`<ul class="plain permits">
            ${permissions.map(
              ({ name, reason, sentence }) =>
                html`<li>
                  <span title="${name}">It may ${sentence}.</span
                  >${reason !== '' && html`<span class="why">Its author says: ${reason}</span>`}
                </li>`,
            )}
          </ul>`
    }
  </section>`;
}

function facts({ plugin, proofs }: PluginPage): Html {
  const { latest, license, homepage, repository, downloads } = plugin;
  const keywords = plugin.keywords.filter((word) => word !== 'agent-factory-plugin');
  const links = [
    ['Home page', webAddress(homepage)],
    ['Repository', webAddress(repository)],
  ] as const;
  return html`<section class="box" aria-labelledby="facts-title">
    <h2 id="facts-title">Facts</h2>
    <dl>
      <dt>Runs on</dt>
      <dd>${latest.kernel === null ? 'any kernel' : html`kernel ${latest.kernel}`}</dd>
      <dt>Licence</dt>
      <dd>${typeof license === 'string' ? license : 'not stated'}</dd>
      <dt>Size</dt>
      <dd>${shownBytes(latest.bytes)}, ${shownBytes(latest.unpackedBytes)} unpacked</dd>
      <dt>Downloads</dt>
      <dd>
        ${shownNumber(downloads.total)} in all,
        ${shownNumber(downloads.days.reduce((sum, { count }) => sum + count, 0))} in 30 days
      </dd>
      ${links.map(
        ([label, address]) =>
          address !== undefined &&
          html`<dt>${label}</dt>
            <dd>
              <a href="${address}" rel="nofollow noopener ugc">${address.replace(/^https?:\/\//, '')}</a>${
                !isProven(address, proofs) &&
                html` <span class="quiet">not shown to be its publisher’s</span>`
              }
            </dd>`,
      )}
      ${
        proofs.length > 0 &&
        html`<dt>Proven</dt>
          <dd>${proofs.map((one) => html`<span class="tag good">${one}</span> `)}</dd>`
      }
    </dl>
    ${keywords.length > 0 && html`<p>${keywords.slice(0, 12).map((word) => html`<a class="tag" href="/?category=${encodeURIComponent(word)}">${word}</a> `)}</p>`}
  </section>`;
}

/** Anybody may name a well-known repository as theirs. */
function isProven(address: string, proofs: readonly string[]): boolean {
  const { host, pathname } = new URL(address);
  const repository = `${host}${pathname.replace(/(\.git)?\/?$/, '')}`.toLowerCase();
  return proofs.some((one) => one === host || one.toLowerCase() === repository);
}

function versionTable({ name, latest }: PluginDetails, versions: readonly ShownVersion[]): Html {
  const listed = versions.slice(0, shownVersions);
  const label = ({ state, version }: ShownVersion): Html | false =>
    version === latest.version
      ? html`<span class="tag good">latest</span>`
      : state !== 'live' && html`<span class="tag bad">${state}</span>`;
  return html`<section id="versions" aria-labelledby="versions-title">
    <h2 id="versions-title">Versions</h2>
    <div class="scroll" role="group" tabindex="0" aria-label="Versions">
      <table>
        <thead>
          <tr>
            <th scope="col">Version</th>
            <th scope="col">Published</th>
            <th scope="col">Size</th>
            <th scope="col">Permissions</th>
          </tr>
        </thead>
        <tbody>
          ${listed.map((one, at) => {
            const before = listed[at + 1];
            return html`<tr>
              <td>${one.version} ${label(one)}</td>
              <td>${shownDay(one.published)}</td>
              <td>${shownBytes(one.bytes)}</td>
              <td>
                ${
                  before
                    ? html`<a href="${pluginPath(name)}/compare?from=${before.version}&amp;to=${one.version}"
                        >compared with ${before.version}</a
                      >`
                    : counted(one.permissions.length, 'permission')
                }
              </td>
            </tr>`;
          })}
        </tbody>
      </table>
    </div>
    ${versions.length > listed.length && html`<p class="quiet small">${counted(versions.length - listed.length, 'older version')} are left out here.</p>`}
  </section>`;
}

function reviewList(reviews: readonly ReviewRow[], { count, mean }: PluginDetails['rating']): Html {
  return html`<section id="reviews" aria-labelledby="reviews-title">
    <h2 id="reviews-title">Reviews</h2>
    ${
      mean === null
        ? html`<p class="quiet">Nobody has reviewed it yet.</p>`
        : html`<p>${stars(mean)} ${mean} of 5, from ${counted(count, 'review')}</p>`
    }${reviews.map(
      ({ account, rating, title, body, version, changed }) =>
        html`<article class="review">
          <h3>${title}</h3>
          <p class="meta">
            <span>${stars(rating)} <span class="quiet">${rating} of 5</span></span
            ><span>${account}</span><span>${shownDay(changed)}</span><span>of ${version}</span>
          </p>
          <div class="prose">${renderMarkdown(body)}</div>
        </article>`,
    )}
  </section>`;
}

function stars(mean: number): Html {
  const full = Math.round(mean);
  return html`<span class="stars" aria-hidden="true">${'★'.repeat(full)}${'☆'.repeat(5 - full)}</span>`;
}

function structuredData({ url, plugin }: PluginPage): object {
  const { name, description, latest, license, rating } = plugin;
  return {
    '@type': 'SoftwareApplication',
    name,
    description,
    applicationCategory: 'DeveloperApplication',
    operatingSystem: 'Any',
    softwareVersion: latest.version,
    datePublished: plugin.created,
    dateModified: latest.published,
    url: `${url}${pluginPath(name)}`,
    ...(typeof license === 'string' && { license }),
    offers: { '@type': 'Offer', price: 0, priceCurrency: 'USD' },
    ...(rating.mean !== null && {
      aggregateRating: { '@type': 'AggregateRating', ratingValue: rating.mean, ratingCount: rating.count },
    }),
  };
}

function scopeOf(name: string): string | undefined {
  return /^@([^/]+)\//.exec(name)?.[1];
}
