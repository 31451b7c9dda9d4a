import { checkPackageName, nameSkeleton, refuseLookAlike } from '@agent-factory/plugin-package';
import { errors } from '../errors.ts';
import { popularPackages, takenScopes } from '../store/packages.ts';
import type { Sql } from '../store/sql.ts';

/** As npm takes them, those of its early days included, which have capitals and some signs. */
const ordinary = /^(@[A-Za-z0-9~-][\w.~-]*\/_?)?[A-Za-z0-9~-][\w.~!'()*-]*$/;
const reserved = /^(node_modules|favicon\.ico|package|registry|npm|-)$/;
const compared = 200;

/** What a package may be called that nobody has published yet. */
export interface NameRules {
  /** `plugins`: a scope, letters, digits and dashes; `any`: what npm allows. */
  readonly policy: 'plugins' | 'any';
  /** Packages fetched as often as this are protected from look-alikes. */
  readonly popular: number;
}

/**
 * Refuses a new name that is malformed, or that could be taken for that of a package many fetch.
 *
 * @throws AF_PACKAGE_NAME, AF_REGISTRY_NAME_REFUSED
 */
export async function checkNewName(sql: Sql, name: string, { policy, popular }: NameRules): Promise<void> {
  if (policy === 'plugins') checkPackageName(name);
  else if (!ordinary.test(name) || name.length > 214 || reserved.test(name))
    throw errors.AF_REGISTRY_NAME_REFUSED({
      name: JSON.stringify(name.slice(0, 214)),
      reason: 'letters, digits, and . _ - are allowed, up to 214.',
    });
  refuseLookAlike(name, await popularPackages(sql, popular, compared));
}

/** Refuses a new scope that looks like one that is taken. @throws AF_REGISTRY_NAME_REFUSED */
export async function checkNewScope(sql: Sql, scope: string): Promise<void> {
  const skeleton = nameSkeleton(scope);
  const like = (await takenScopes(sql)).find((other) => other !== scope && nameSkeleton(other) === skeleton);
  if (like !== undefined)
    throw errors.AF_REGISTRY_NAME_REFUSED({ name: `@${scope}`, reason: `it looks like @${like}` });
}
