/** Hosts that an allow-list names: `example.com`, `*.example.com` (what lies below it), either with `:port`. */
export function hostMatcher(allow: readonly string[]): (host: string, port: string) => boolean {
  const entries = allow.map((each) => {
    const [, wild = '', name = '', port = ''] = /^(\*\.)?([^:]*)(?::(\d+))?$/.exec(each.toLowerCase()) ?? [];
    return { below: wild !== '', name, port };
  });
  return (host, port) => {
    const plain = host.toLowerCase().replace(/\.$/, '');
    return entries.some(
      (each) =>
        (each.port === '' || each.port === port) &&
        (each.below ? plain.endsWith(`.${each.name}`) : plain === each.name),
    );
  };
}

/** Pattern of one entry for {@link hostMatcher}, for schemas. */
export const hostPattern =
  '^(\\*\\.)?([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\\.)*[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(:\\d{1,5})?$';
