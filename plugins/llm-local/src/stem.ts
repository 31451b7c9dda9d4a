/** Forms that no rule finds. */
const irregular: Readonly<Record<string, string>> = {
  config: 'configur',
  configs: 'configur',
  repo: 'repositori',
  env: 'environ',
  db: 'databas',
  docs: 'document',
  doc: 'document',
  built: 'build',
  kept: 'keep',
  sent: 'send',
  ran: 'run',
  written: 'writ',
  wrote: 'writ',
  chosen: 'choos',
  chose: 'choos',
  held: 'hold',
  stopped: 'stop',
};

/** Endings and the least number of letters that must stay before them, the longest first. */
const endings: readonly (readonly [ending: string, least: number])[] = [
  ['ization', 3],
  ['isation', 3],
  ['fully', 3],
  ['ously', 3],
  ['ively', 3],
  ['ation', 4],
  ['ating', 4],
  ['ment', 4],
  ['ness', 4],
  ['able', 4],
  ['ible', 4],
  ['ated', 4],
  ['ator', 4],
  ['ing', 3],
  ['ive', 4],
  ['ize', 3],
  ['ise', 4],
  ['age', 4],
  ['ate', 4],
  ['ed', 3],
  ['er', 4],
  ['or', 4],
  ['ly', 4],
  ['e', 3],
];

/** Cuts an English word to what its forms share: `isolated` and `isolation` become `isol`. */
export function stem(word: string): string {
  const lower = word.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const known = Object.hasOwn(irregular, lower) ? irregular[lower] : undefined;
  if (known) return known;
  if (lower.length < 4 || /\d/.test(lower)) return lower;
  const singular = cutPlural(lower);
  if (/[st]ion$/.test(singular) && singular.length >= 6 && !singular.slice(4).endsWith('ation')) {
    return finish(singular.slice(0, -3));
  }
  for (const [ending, least] of endings) {
    if (singular.endsWith(ending) && singular.length - ending.length >= least) {
      return finish(singular.slice(0, -ending.length));
    }
  }
  return finish(singular);
}

function cutPlural(word: string): string {
  if (/(?:ies|ied)$/.test(word) && word.length > 4) return `${word.slice(0, -3)}y`;
  if (/(?:ss|sh|ch|x|z)es$/.test(word)) return word.slice(0, -2);
  return /[^sui]s$/.test(word) ? word.slice(0, -1) : word;
}

function finish(cut: string): string {
  if (/([^aeiouls])\1$/.test(cut)) return cut.slice(0, -1); // running, planned
  return cut.endsWith('y') && cut.length > 3 ? `${cut.slice(0, -1)}i` : cut;
}
