import type { Json } from '@agent-factory/sdk';
import semver from 'semver';
import { errors } from '../errors.ts';
import { advisoriesFor, type AdvisoryRow } from '../store/trust-rows.ts';
import type { Registry } from '../app/registry.ts';
import type { Call, Reply, Route } from '../app/route.ts';
import { fields, type Fields } from './body-fields.ts';
import { isObject } from './json-object.ts';

const mostAdvised = 5000;
/** Paths that are told of one finding: a tree may lead to it by very many. */
const mostPaths = 20;
/** Characters of all paths of an answer: what finds no room is told without them. */
const mostPathText = 2 ** 20;
/** Versions of one package that may be asked for. */
const mostVersions = 1000;
const longestName = 214;
const twoMegabytes = 2 ** 21;
const audits = '/-/npm/v1/security/audits';

/** What is known against installed versions: asked in bulk, and as clients before npm 7 asked, with the whole tree. */
export const advisoryRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/-/npm/v1/security/advisories/bulk',
    access: 'public',
    body: twoMegabytes,
    handler: advise,
  },
  { method: 'POST', path: audits, access: 'public', body: 4 * twoMegabytes, handler: auditTree },
  { method: 'POST', path: `${audits}/quick`, access: 'public', body: 4 * twoMegabytes, handler: auditTree },
];

/** What is known against some installed versions; packages it knows nothing of are left out. */
async function advise({ registry, body }: Call): Promise<Reply> {
  const asked = Object.entries(fields(body));
  if (asked.length > mostAdvised)
    throw errors.AF_REGISTRY_REQUEST({ reason: `more than ${mostAdvised} packages.` });
  const answer: Record<string, Json> = {};
  for (const [name, versions] of asked) {
    if (!Array.isArray(versions))
      throw errors.AF_REGISTRY_REQUEST({ reason: `"${name}" has no list of versions.` });
    const hits = await advisoriesAgainst(registry, name, versions);
    if (hits.length === 0) continue;
    answer[name] = hits.map((hit): Fields => ({
      id: hit.id,
      url: hit.url,
      title: hit.title,
      severity: hit.severity,
      vulnerable_versions: hit.vulnerable,
      cwe: JSON.parse(hit.cwe) as Json, // written as JSON
      cvss: { score: 0, vectorString: null },
    }));
  }
  return { body: answer };
}

async function advisoriesAgainst(
  registry: Registry,
  name: string,
  versions: readonly Json[],
): Promise<AdvisoryRow[]> {
  if (versions.length > mostVersions)
    throw errors.AF_REGISTRY_REQUEST({ reason: `more than ${mostVersions} versions of one package.` });
  const known = await advisoriesFor(registry.database, name);
  return known.filter(({ vulnerable }) =>
    versions.some(
      (each) =>
        typeof each === 'string' &&
        each.length <= 128 &&
        semver.satisfies(each, vulnerable, { includePrerelease: true }),
    ),
  );
}

/** By package and version, the ways by which a tree leads there. */
type Found = Map<string, Map<string, string[]>>;

/** What is known against a tree of dependencies. */
async function auditTree({ registry, body }: Call): Promise<Reply> {
  const found: Found = new Map();
  const total = walk(fields(body), '', found);
  let room = mostPathText;
  const told = (path: string): boolean => (room -= path.length) >= 0;
  const counts = { info: 0, low: 0, moderate: 0, high: 0, critical: 0 };
  const advisories: Record<string, Json> = {};
  for (const [name, versions] of found) {
    for (const hit of await advisoriesAgainst(registry, name, [...versions.keys()])) {
      counts[hit.severity] += 1;
      const findings = [...versions]
        .filter(([version]) => semver.satisfies(version, hit.vulnerable, { includePrerelease: true }))
        .map(([version, paths]): Json => ({ version, paths: paths.filter(told) }));
      advisories[hit.id] = advisory(hit, findings);
    }
  }
  const metadata = {
    vulnerabilities: counts,
    dependencies: total,
    devDependencies: 0,
    optionalDependencies: 0,
    totalDependencies: total,
  };
  return { body: { actions: [], advisories, muted: [], metadata } };
}

function advisory(row: AdvisoryRow, findings: Json[]): Json {
  return {
    id: row.id,
    findings,
    title: row.title,
    module_name: row.package,
    severity: row.severity,
    vulnerable_versions: row.vulnerable,
    // Which version mends it is not known.
    patched_versions: '<0.0.0',
    overview: row.title,
    recommendation: 'Upgrade, or remove it.',
    url: row.url,
    cves: [],
    cwe: JSON.parse(row.cwe) as Json, // written as JSON
    created: row.created,
    updated: row.created,
    github_advisory_id: String(row.id),
  };
}

/**
 * Notes every package of a tree with the ways to it. Gives back how many nodes there were. A way is a text that
 * continues the one before, which is no copy: as lists of names they would be many times what was sent. How deep it is
 * was looked at when the body was read.
 */
function walk(node: Fields, way: string, found: Found): number {
  const below = node['dependencies'];
  if (!isObject(below)) return 0;
  let count = 0;
  for (const [name, child] of Object.entries(below)) {
    if (name.length > longestName)
      throw errors.AF_REGISTRY_REQUEST({ reason: `a name of more than ${longestName} characters.` });
    const next = fields(child);
    const { version } = next;
    const here = way === '' ? name : `${way}>${name}`;
    if (typeof version === 'string') {
      const versions = found.get(name) ?? new Map<string, string[]>();
      found.set(name, versions);
      if (found.size > mostAdvised)
        throw errors.AF_REGISTRY_REQUEST({ reason: `more than ${mostAdvised} packages.` });
      const paths = versions.get(version) ?? [];
      versions.set(version, paths);
      if (paths.length < mostPaths) paths.push(here);
    }
    count += 1 + walk(next, here, found);
  }
  return count;
}
