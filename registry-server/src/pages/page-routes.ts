import { createHash } from 'node:crypto';
import semver from 'semver';
import { escapeHtml } from '@agent-factory/sdk';
import { errors } from '../errors.ts';
import { reviewsOf } from '../store/community.ts';
import { findVersion, publicPackages, versionsOf } from '../store/packages.ts';
import type { Call, Reply, Route } from '../app/route.ts';
import { findPlugins } from '../marketplace/find-plugins.ts';
import { pluginDetails, shownVersion } from '../marketplace/plugin-details.ts';
import { publisherOf } from '../marketplace/publisher-routes.ts';
import { screenshotsOf } from '../marketplace/screenshots.ts';
import { requireReadable } from '../protocol/access-routes.ts';
import { comparePage } from './compare-page.ts';
import { homePage } from './home-page.ts';
import { pluginPage } from './plugin-page.ts';
import { publisherPage } from './publisher-page.ts';
import { icon, style, stylePath } from './style.ts';
import { pluginPath } from './words.ts';

const shownReviews = 20;
/** Addresses in one site map (sitemaps.org). */
const mostAddresses = 50_000;

/** Nothing runs on a page, nothing is loaded from elsewhere, and no other site may frame it. */
const policy =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** The pages people read, and what goes with them. */
export const pageRoutes: readonly Route[] = [
  { method: 'GET', path: '/', access: 'public', handler: sendHome },
  { method: 'GET', path: '/plugins/:name', access: 'public', handler: sendPlugin },
  { method: 'GET', path: '/plugins/:name/compare', access: 'public', handler: sendComparison },
  { method: 'GET', path: '/publishers/:publisher', access: 'public', handler: sendPublisher },
  {
    method: 'GET',
    path: stylePath,
    access: 'public',
    handler: async () => asset('text/css; charset=utf-8', style),
  },
  {
    method: 'GET',
    path: '/-/af/pages/icon.svg',
    access: 'public',
    handler: async () => asset('image/svg+xml', icon),
  },
  { method: 'GET', path: '/-/af/sitemap.xml', access: 'public', handler: sendSiteMap },
  { method: 'GET', path: '/robots.txt', access: 'public', handler: sendRobots },
];

async function sendHome({ registry, query, request }: Call): Promise<Reply> {
  return sendPage(request, homePage(registry.url, query, await findPlugins(registry, query, true)));
}

async function sendPlugin(call: Call): Promise<Reply> {
  const { registry, params, request } = call;
  const { name = '' } = params;
  const plugin = await pluginDetails(call, name);
  const found = await findVersion(registry.database, name, plugin.latest.version);
  const versions = (await versionsOf(registry.database, name)).toSorted((left, right) =>
    semver.rcompare(left.version, right.version),
  );
  const scope = /^@([^/]+)\//.exec(name)?.[1];
  const publisher =
    scope === undefined ? undefined : await publisherOf(registry, scope).catch(() => undefined);
  const pictures = await screenshotsOf(registry, plugin.latest.integrity);
  const base = `/-/af/v1/plugins/${encodeURIComponent(name)}/screenshots/${plugin.latest.version}`;
  const text = pluginPage({
    url: registry.url,
    plugin,
    readme: found?.readme ?? '',
    changelog: found?.changelog ?? '',
    versions: versions.map((version) => shownVersion(registry, version)),
    reviews: await reviewsOf(registry.database, name, 0, shownReviews),
    screenshots: pictures.map((one) => `${base}/${one.name}`),
    proofs: (publisher?.verified ?? []).map(({ value }) => value.replace(/^https:\/\//, '')),
  });
  return sendPage(request, text);
}

async function sendComparison(call: Call): Promise<Reply> {
  const { registry, params, query, request } = call;
  const { name = '' } = params;
  await requireReadable(call, name);
  const versionOf = async (part: string): Promise<ReturnType<typeof shownVersion>> => {
    const version = (query.get(part) ?? '').slice(0, 128);
    const found = await findVersion(registry.database, name, version);
    if (!found) throw errors.AF_REGISTRY_VERSION_UNKNOWN({ name, version });
    return shownVersion(registry, found);
  };
  return sendPage(request, comparePage(registry.url, name, await versionOf('from'), await versionOf('to')));
}

async function sendPublisher({ registry, params, request }: Call): Promise<Reply> {
  const { publisher = '' } = params;
  const { kind, verified } = await publisherOf(registry, publisher);
  const found = await findPlugins(registry, new URLSearchParams({ scope: publisher, size: '100' }), false);
  return sendPage(request, publisherPage(registry.url, publisher, kind, verified, found));
}

async function sendSiteMap({ registry }: Call): Promise<Reply> {
  const rows = await publicPackages(registry.database, mostAddresses);
  const entries = rows.map(
    ({ name, modified }) =>
      `<url><loc>${escapeHtml(`${registry.url}${pluginPath(name)}`)}</loc><lastmod>${escapeHtml(modified.slice(0, 10))}</lastmod></url>`,
  );
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n<url><loc>${escapeHtml(registry.url)}/</loc></url>\n${entries.join('\n')}\n</urlset>\n`;
  return { headers: { 'content-type': 'application/xml', 'cache-control': 'public, max-age=3600' }, body };
}

async function sendRobots({ registry }: Call): Promise<Reply> {
  const body = `User-agent: *\nDisallow: /-/v1/\nDisallow: /-/npm/\nDisallow: /-/user/\nAllow: /\nSitemap: ${registry.url}/-/af/sitemap.xml\n`;
  return {
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'public, max-age=3600' },
    body,
  };
}

function sendPage({ headers }: Call['request'], text: string): Reply {
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;
  const shared = {
    etag,
    'cache-control': 'public, max-age=30, must-revalidate',
    'content-security-policy': policy,
    'referrer-policy': 'same-origin',
  };
  const isKnown = (headers['if-none-match'] ?? '')
    .split(',')
    .some((one) => one.trim().replace(/^W\//, '') === etag);
  if (isKnown) return { status: 304, headers: shared };
  return { headers: { ...shared, 'content-type': 'text/html; charset=utf-8' }, body: text };
}

function asset(type: string, body: string): Reply {
  return { headers: { 'content-type': type, 'cache-control': 'public, max-age=31536000, immutable' }, body };
}
