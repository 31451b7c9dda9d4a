import { accessErrors } from './access-errors.ts';

/** A permission on one thing only, or on those of a folder: `agents:write` on `agents/guide` or `agents/*`. */
export interface ResourceGrant {
  readonly permission: string;
  /** As routes name it: `agents/guide`. A last part `*` stands for everything below. */
  readonly resource: string;
}

/** Who makes a request, for which tenant, and what they may do. Plain data. */
export interface Principal {
  /** Stable id; `local` for the operator of an unprotected loopback server. */
  readonly id: string;
  /** The one tenant the request is about. */
  readonly tenant: string;
  /**
   * `local`: whoever reaches an unprotected loopback server; `user`: a person; `service`: a program with an account or
   * a key of its own; `anonymous`: nobody, on routes that are open to all.
   */
  readonly kind: 'local' | 'user' | 'service' | 'anonymous';
  /**
   * What it was proven with, where something was: a session, a key. `until` is where it ends for good, in milliseconds
   * since the epoch: nothing that is made with it proves anything later.
   */
  readonly credential?: { readonly scheme: string; readonly id: string; readonly until?: number };
  /** Names of permissions in the tenant; `*` alone for all there are. */
  readonly permissions: readonly string[];
  /** Permissions on single things beside those. */
  readonly grants?: readonly ResourceGrant[];
}

/** Whether a principal may do something, to a certain thing where one is named. */
export function allows(
  { permissions, grants }: Pick<Principal, 'permissions' | 'grants'>,
  permission: string,
  resource?: string,
): boolean {
  if (permissions.includes(permission) || permissions[0] === '*') return true;
  if (resource === undefined || grants === undefined) return false;
  return grants.some((grant) => grant.permission === permission && covers(grant.resource, resource));
}

type Rights = Required<Pick<Principal, 'permissions' | 'grants'>>;

/** What was last made of some rights: one credential asks often, and its scopes are long. */
const lastWithin = new WeakMap<object, { readonly scopes: string; readonly within: Rights }>();

/**
 * What of an account's rights a credential carries.
 *
 * @param rights - never changed: others are another object
 * @param scopes - names of permissions as a JSON array, the only ones it is for; `null`: for all of them
 */
export function rightsWithin(
  rights: Pick<Principal, 'permissions' | 'grants'>,
  scopes: string | null,
): Rights {
  const { permissions, grants = [] } = rights;
  if (scopes === null) return { permissions, grants };
  const last = lastWithin.get(rights);
  if (last?.scopes === scopes) return last.within;
  const named = new Set(JSON.parse(scopes) as string[]); // as they were kept
  const within = {
    permissions: permissions.filter((permission) => named.has(permission)),
    grants: grants.filter(({ permission }) => named.has(permission)),
  };
  lastWithin.set(rights, { scopes, within });
  return within;
}

/** Throws AF_ACCESS_DENIED unless {@link allows}. */
export function checkAccess(principal: Principal, permission: string, resource?: string): void {
  if (allows(principal, permission, resource)) return;
  const on = resource === undefined ? '' : ` on ${resource}`;
  throw accessErrors.AF_ACCESS_DENIED({ permission, on });
}

function covers(granted: string, resource: string): boolean {
  return granted === resource || (granted.endsWith('/*') && resource.startsWith(granted.slice(0, -1)));
}

/** Throws AF_ACCESS_GRANT_TOO_WIDE when somebody would give, or take, what they do not have themselves. */
export function checkGivable(giver: Principal, permissions: readonly string[]): void {
  const missing = permissions.filter((permission) => !allows(giver, permission));
  if (missing.length === 0) return;
  const shown = missing.slice(0, 5).join(', ') + (missing.length > 5 ? ' and more' : '');
  throw accessErrors.AF_ACCESS_GRANT_TOO_WIDE({ permissions: shown });
}
