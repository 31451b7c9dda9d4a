import type { Json, JsonSchema, PluginContext, ValidationProblem, Validator } from '@agent-factory/sdk';
import { settingNamePattern, type SettingSpec } from '@agent-factory/sdk/contracts';
import type { SettingsSqlConfig } from './config.ts';
import { errors } from './errors.ts';

/** A setting that some plugin has declared. */
export interface Declaration extends Omit<SettingSpec, 'default' | 'configured'> {
  /** What holds where nothing was set for a tenant, and where that comes from. */
  readonly inherited: { readonly value: Json; readonly source: 'default' | 'platform' };
  readonly check: Validator;
}

/** What plugins have declared. */
export interface Declarations {
  /** The newest of its name counts; gives it, and what takes it back. AF_SETTING_DECLARATION_INVALID. */
  add(spec: SettingSpec): { readonly declaration: Declaration; remove(): void };
  /** AF_SETTING_UNKNOWN. */
  get(name: string): Declaration;
  /** By name. */
  all(): readonly Declaration[];
  /** A sentence for each name in the configuration that nobody has declared. */
  unused(): readonly string[];
}

const mostProblems = 5;

/** Creates an empty list of them. */
export function createDeclarations(
  { values, locked }: SettingsSqlConfig,
  validator: PluginContext['validator'],
): Declarations {
  const declared = new Map<string, readonly Declaration[]>();
  const names = (): readonly string[] => [...declared.keys()].sort();
  const didYouMean = (name: string): string | undefined =>
    declared.size === 0 ? undefined : validator({ enum: names() })(name)[0]?.fix;

  return {
    add(spec) {
      const { default: byDefault, configured, ...rest } = spec;
      const check = checkOf(spec, validator);
      const set = Object.hasOwn(values, spec.name) ? values[spec.name] : configured;
      const found = set === undefined ? [] : check(set);
      if (found.length > 0) {
        const where = set === configured ? `configuration of its plugin` : `"values" of settings-sql`;
        throw errors.AF_SETTING_INVALID({ name: spec.name, ...told(found, where) });
      }
      const declaration: Declaration = {
        ...rest,
        ...(locked.includes(spec.name) && { setBy: 'platform' }),
        inherited:
          set === undefined ? { value: byDefault, source: 'default' } : { value: set, source: 'platform' },
        check,
      };
      declared.set(spec.name, [...(declared.get(spec.name) ?? []), declaration]);
      return {
        declaration,
        remove() {
          const left = (declared.get(spec.name) ?? []).filter((one) => one !== declaration);
          if (left.length > 0) declared.set(spec.name, left);
          else declared.delete(spec.name);
        },
      };
    },
    get(name) {
      const found = declared.get(name)?.at(-1);
      if (found) return found;
      const mend = didYouMean(name) ?? 'See GET /api/v1/settings for those there are.';
      throw errors.AF_SETTING_UNKNOWN({ name: name.slice(0, 100), mend });
    },
    all: () => names().flatMap((name) => declared.get(name)?.at(-1) ?? []),
    unused: () =>
      [...new Set([...Object.keys(values), ...locked])]
        .filter((name) => !declared.has(name))
        .map((name) => `No plugin declares the setting "${name}". ${didYouMean(name) ?? ''}`.trim()),
  };
}

/** The validator of a setting that can be. */
function checkOf(spec: SettingSpec, validator: PluginContext['validator']): Validator {
  const { name, schema } = spec;
  const refuse = (reason: string, mend: string, cause?: unknown): never => {
    throw errors.AF_SETTING_DECLARATION_INVALID({ name: name.slice(0, 100), reason, mend }, { cause });
  };
  if (!settingNamePattern.test(name))
    refuse('its name is none', 'Name it with the id of the plugin, a dot, and what it is in camelCase.');
  if (holdsSecret(schema))
    refuse('it is a secret', 'Keep secrets in a secret store; settings are shown to whoever may read them.');
  let check: Validator | undefined;
  try {
    check = validator(schema, { eager: true });
  } catch (error) {
    refuse(`its schema is wrong: ${String(error)}`, 'Give a JSON Schema.', error);
  }
  const found = check?.(spec.default) ?? [];
  if (!check || found.length > 0)
    return refuse('its default does not fit its schema', told(found, 'declaration').mend);
  return check;
}

/** Whether anything in a schema is marked as a secret, as in configurations. */
function holdsSecret(schema: JsonSchema | Json): boolean {
  if (typeof schema !== 'object' || schema === null) return false;
  if ('secret' in schema && schema['secret'] === true) return true;
  return Object.values(schema).some((part) => holdsSecret(part as Json)); // a part of JSON is JSON
}

/** What is wrong with a value, and what to do. */
export function told(
  found: readonly ValidationProblem[],
  where = 'request',
): { readonly reason: string; readonly mend: string } {
  const shown = found.slice(0, mostProblems).map(({ path, message }) => `${path} ${message}`.trim());
  if (found.length > shown.length) shown.push(`and ${found.length - shown.length} more`);
  const fixes = found.slice(0, mostProblems).flatMap(({ fix }) => fix ?? []);
  return {
    reason: shown.join('; '),
    mend: [`Change the value in the ${where}.`, ...new Set(fixes)].join(' '),
  };
}
