import type { RegistrySignature } from '@agent-factory/plugin-package';
import type { PluginManifest } from '@agent-factory/sdk';
import { textOr } from './answer-text.ts';
import { errors } from './errors.ts';

/** One version, as the registry tells it. */
export interface PackumentVersion {
  readonly name: string;
  readonly version: string;
  readonly agentFactory?: Readonly<Record<string, unknown>>;
  readonly dist: { readonly integrity: string; readonly signatures?: readonly RegistrySignature[] };
  readonly deprecated?: string;
  /** Served, but not chosen anew. */
  readonly yanked?: boolean;
  readonly [field: string]: unknown;
}

/** A package's document. */
export interface Packument {
  readonly name: string;
  readonly versions: Readonly<Record<string, PackumentVersion>>;
  /** Version to when it was published (ISO 8601). */
  readonly time: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly readme: string;
  readonly description: string;
}

/** Reads a package's document; versions without what is needed to check them are left out. */
export function parsePackument(value: unknown, name: string, url: string): Packument {
  const refuse = (reason: string): Error => errors.AF_INSTALL_REGISTRY_ANSWER({ url, reason });
  const {
    name: said,
    versions,
    time,
    readme,
    description,
    'dist-tags': tags,
  } = Object(value) as Record<string, unknown>;
  if (said !== name) throw refuse(`it is the document of ${JSON.stringify(said)}, not of ${name}`);
  if (typeof versions !== 'object' || versions === null) throw refuse('it lists no versions');
  const whole = Object.entries(versions).filter(([version, one]) => {
    const { name: inner, version: number, dist } = Object(one) as Partial<PackumentVersion>; // looked at here
    const integrity = (Object(dist) as Partial<PackumentVersion['dist']>).integrity;
    return (
      inner === name &&
      number === version &&
      typeof integrity === 'string' &&
      /^sha512-[\w+/]{86}==$/.test(integrity)
    );
  });
  return {
    name,
    versions: Object.fromEntries(whole) as Packument['versions'], // as just checked
    time: texts(time),
    tags: texts(tags),
    readme: textOr(readme, ''),
    description: textOr(description, ''),
  };
}

/** The manifest of a version; not checked yet. */
export function manifestOf({ name, version, agentFactory }: PackumentVersion): PluginManifest {
  return { ...agentFactory, name, version } as PluginManifest; // the kernel checks it
}

function texts(value: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(Object(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
