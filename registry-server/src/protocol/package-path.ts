/** Places in a path after which the name of a package stands. */
const before =
  /^(\/|\/-\/package\/|\/-\/stage\/package\/|\/-\/npm\/v1\/oidc\/token\/exchange\/package\/|\/-\/npm\/v1\/attestations\/|\/plugins\/|\/-\/af\/v1\/plugins\/|\/-\/af\/v1\/quarantine\/)@([^/%]+)(?:\/|%2f)/i;

/** Brings the three ways to write a scoped name, `@s/n`, `@s%2fn` and `@s%2Fn`, to one part of the path. */
export function onePart(path: string): string {
  return path.replace(/^(\/-\/user\/org\.couchdb\.user)%3a/i, '$1:').replace(before, '$1@$2%2f');
}

/** What a path of the first level asks for: a package, or one of its tarballs. */
export interface PackagePath {
  readonly name: string;
  /** Of a tarball. */
  readonly version?: string;
}

/**
 * Reads `/name`, `/@scope/name` and the tarballs below them, however they are encoded. `undefined` for any other path.
 */
export function parsePackagePath(path: string): PackagePath | undefined {
  let decoded = path;
  if (path.includes('%')) {
    try {
      decoded = decodeURIComponent(path);
    } catch {
      return undefined;
    }
  }
  const cut = decoded.indexOf('/-/');
  const name = cut < 0 ? decoded.slice(1) : decoded.slice(1, cut);
  if (!isNamePath(name)) return undefined;
  if (cut < 0) return { name };
  const version = versionIn(name, decoded.slice(cut + 3));
  return version === undefined ? undefined : { name, version };
}

/** The version in the name of a tarball, which may be written with the scope before it. */
function versionIn(name: string, file: string): string | undefined {
  const bare = name.slice(name.indexOf('/') + 1);
  const last = file.slice(file.lastIndexOf('/') + 1);
  if (!last.startsWith(`${bare}-`) || !last.endsWith('.tgz')) return undefined;
  return last.slice(bare.length + 1, -4);
}

function isNamePath(name: string): boolean {
  if (name.length === 0 || name.length > 214 || name === '-') return false;
  const slash = name.indexOf('/');
  if (name.charCodeAt(0) !== 64) return slash < 0;
  return slash > 1 && slash < name.length - 1 && name.indexOf('/', slash + 1) < 0;
}
