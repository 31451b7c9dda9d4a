import type { JsonSchema } from './json.ts';

/**
 * The `agentFactory` block of a plugin's package.json: plain data, read without running the plugin's code.
 * The package's own `version` is the plugin's version.
 */
export interface Manifest {
  /** Unique id: lower-case letters, digits and dashes. */
  readonly id: string;
  /** Semver range of kernels the plugin runs on. */
  readonly kernel: string;
  /**
   * What the package holds. Default `code`. The other kinds carry data and no code: the package contributes itself to
   * the collection of that name, and what it `contributes` need not be said.
   */
  readonly kind?: 'code' | 'blueprint' | 'knowledge';
  /** Contracts it provides as their only provider: id to version. */
  readonly provides?: Readonly<Record<string, string>>;
  /** Collections it contributes to: id to version. */
  readonly contributes?: Readonly<Record<string, string>>;
  /** Contracts it cannot work without: id to semver range. */
  readonly requires?: Readonly<Record<string, string>>;
  /** Contracts it uses when they are there: id to semver range. */
  readonly optional?: Readonly<Record<string, string>>;
  /** Collections it reads, however many plugins contribute: id to semver range. */
  readonly collects?: Readonly<Record<string, string>>;
  /** Plugins that must be active too: id to semver range. */
  readonly plugins?: Readonly<Record<string, string>>;
  /** Plugins it cannot run beside: id to semver range. */
  readonly conflicts?: Readonly<Record<string, string>>;
  /** Hook ids it declares and taps. */
  readonly hooks?: { readonly defines?: readonly string[]; readonly taps?: readonly string[] };
  /** Permissions it asks for: name to the reason shown to the operator. */
  readonly permissions?: Readonly<Record<string, string>>;
  /**
   * JSON Schema 2020-12 of its configuration; an object schema, with defaults. `"secret": true` and `"path": true`
   * count below plain `properties`, `items` and `additionalProperties`; in any other place they are refused.
   */
  readonly config?: JsonSchema;
  /** `trusted-only`: cannot run isolated (native drivers, for example). Default `any`. */
  readonly isolation?: 'any' | 'trusted-only';
  /** `exclusive`: what it starts with `ctx.serve` may never run twice at once (a cron, a leader lock). */
  readonly handover?: 'overlap' | 'exclusive';
  /** `commonjs`: one bundled CommonJS file, whose memory is given back after an upgrade. Default `module`. */
  readonly format?: 'module' | 'commonjs';
  /** Milliseconds `setup` and the health checks may take. Default 10,000. */
  readonly activationMs?: number;
}

/** A plugin's manifest with the name and version of its package. */
export interface PluginManifest extends Manifest {
  /** npm package name. */
  readonly name: string;
  /** Semver version of the package. */
  readonly version: string;
}
