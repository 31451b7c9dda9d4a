/** Conditions of package exports this process was started with, so that a bundle takes the files this process would. */
export function conditions(): string[] {
  const flags = [...process.execArgv, process.env['NODE_OPTIONS']].join(' ');
  return Array.from(flags.matchAll(/--conditions[=\s](\S+)/g), ([, name = '']) => name);
}
