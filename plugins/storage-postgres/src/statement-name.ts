import { randomBytes } from 'node:crypto';

// Two versions of this plugin may share a connection, which knows a statement by its name alone.
const prefix = `af_${randomBytes(4).toString('hex')}`;
let names = 0;

/** The name under which one of the plugin's own statements is kept prepared. */
export function ownName(what: string): string {
  return `${prefix}_${what}`;
}

/** Gives a name, unique in this process, from the second time on: what is run once is not kept prepared. */
export function nameOnRepeat(): () => string | undefined {
  let uses = 0;
  let name: string | undefined;
  return () => {
    if (name === undefined && ++uses > 1) name = ownName(String(++names));
    return name;
  };
}
