/** Makes what reads the cookies of these names from a `cookie` header (RFC 6265, 5.4); the first of a name counts. */
export function createCookieReader(
  names: readonly string[],
): (header: string | undefined) => Readonly<Record<string, string>> {
  return (header = '') => {
    const found: Record<string, string> = {};
    for (const part of header.split(';')) {
      const at = part.indexOf('=');
      const name = part.slice(0, at).trim();
      if (at > 0 && names.includes(name) && !Object.hasOwn(found, name))
        found[name] = part.slice(at + 1).trim();
    }
    return found;
  };
}
