import assert from 'node:assert/strict';
import type { Json } from '@agent-factory/sdk';
import { CelFailure, CelIssue, compileCel, limits } from '@agent-factory/cel';

const letters = 'ab'.repeat(5000);
const values: Readonly<Record<string, Json>> = {
  list: Array.from({ length: 2000 }, (_, at) => at),
  words: Array.from({ length: 1200 }, (_, at) => `word ${at}`),
  text: letters,
  same: 'a'.repeat(10_000),
  cats: '🐱'.repeat(2500),
  deep: nested(4900),
  alike: nested(4900),
  map: Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`key ${at}`, at])),
};
const variables = Object.fromEntries(Object.keys(values).map((name) => [name, {}]));

function nested(levels: number): Json {
  let value: Json = [];
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

function wrapped(before: string, inside: string, after: string, times: number): string {
  return before.repeat(times) + inside + after.repeat(times);
}

function within(times: number, inside: string, call: (name: string, inside: string) => string): string {
  return times === 0 ? inside : call(`v${times}`, within(times - 1, inside, call));
}

const fill = (unit: string, size: number): string => unit.repeat(Math.floor(size / unit.length));

const sixty = `[${fill('1,', 120)}]`;

/** Expressions that would take long or much, each with 10 kB of data or text at most. */
const hostile: Readonly<Record<string, string>> = {
  'macros within macros': within(6, 'true', (name, inside) => `list.all(${name}, ${inside})`),
  'macros that make lists of lists': within(6, 'list', (name, inside) => `list.map(${name}, ${inside})`),
  'filters of filters': within(6, 'true', (name, inside) => `list.filter(${name}, ${inside}) == list`),
  'failures that are set aside, in a list': 'list.exists(i, 1 / 0 == i)',
  'failures that are set aside, in lists of lists': 'list.exists(a, list.exists(b, words.exists(c, c > a)))',
  'a chain of failures': fill('1/0==1||', 4080) + 'true',
  'a missing field for each item': 'list.exists(i, words.exists(w, w.missing == i))',
  'the square of a list compared': 'list.map(i, list) == list.map(i, list)',
  'values far within each other': 'deep == alike',
  'values far within each other, given back': '[deep]',
  'a result that repeats itself': 'words.map(a, words.map(b, words))',
  'a long text doubled in each item': 'list.map(i, text + text + text + text).join("")',
  'every letter replaced by many': 'text.replace("a", text)',
  'a text split and joined': 'text.split("").join(text)',
  'a text split in each item': 'list.map(i, text.split(""))',
  'characters outside of the first plane': 'list.all(i, cats.substring(i).size() > 0)',
  'places of characters': 'list.all(i, cats.indexOf("x", 5) < 0)',
  spaces: `list.all(i, ${JSON.stringify(' '.repeat(3000))}.trim() == "")`,
  'membership in a long list, for each item': 'list.all(i, words.all(w, !(w in words)))',
  'membership in a map, for each item': 'list.all(i, map.exists(k, k == "none") == false)',
  'a text searched in each item': 'list.all(i, !text.contains("bbbbbbbb"))',
  'a text searched for half of itself and more': `${sixty}.map(i, same.contains(same.substring(5000) + "z"))`,
  'a text searched for its place': `${sixty}.map(i, same.indexOf("z" + same.substring(5000)))`,
  'a text searched for its last place': `${sixty}.map(i, same.lastIndexOf(same.substring(5000) + "z"))`,
  'a text of two letters searched for its last place': `${sixty}.map(i, text.lastIndexOf(text.substring(5000) + "z"))`,
  'a text searched for a short part, often':
    'list.map(i, same.lastIndexOf("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaz"))',
  'a text searched for a longer part, often':
    'list.map(i, same.lastIndexOf("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaz"))',
  'a text split by half of itself': `${sixty}.map(i, same.split(same.substring(5000) + "z"))`,
  'two long texts compared, for each item': 'list.all(i, text + "a" < text + "b")',
  'a pattern with nested repetition': 'text.matches("(a+)+$")',
  'a pattern with equal alternatives': 'text.matches("^(a|a|b|b)*c$")',
  'a pattern of anything, often': 'text.matches("(.*)*(.*)*(.*)*x$")',
  'a pattern with counts': 'text.matches("(a?b?){80}(ab){80}c")',
  'a pattern with an unfriendly automaton': 'text.matches("[ab]*a[ab]{150}c$")',
  'a pattern with word boundaries': `text.matches(${JSON.stringify(String.raw`(?:\b[ab]){120}|[ab]*a[ab]{120}c$\b`)})`,
  'a pattern in each item': 'words.all(w, w.matches("(w|o|r|d| |[0-9])+$") && text.matches("(a|b)*$"))',
  'many patterns': fill('"a".matches("a{90}b")||', 4080) + 'true',
  'a pattern with many alternatives': `"a".matches(${JSON.stringify(fill('ab|', 250))})`,
  'a pattern with classes of Unicode': 'text.matches("(\\\\p{L}|\\\\p{N}|\\\\PM){20}x")',
  'a pattern with large counts': '"a".matches("((a{1,999}){1,999}){1,999}")',
  parentheses: wrapped('(', '1', ')', 2000),
  'lists within lists': wrapped('[', '1', ']', 2000),
  'maps within maps': wrapped('{"a":', '1', '}', 600),
  negations: `${'!'.repeat(4000)}true`,
  'minus signs': `${'-'.repeat(4000)}1`,
  'fields of fields': `deep${'.a'.repeat(2000)}`,
  'places of places': `deep${'[0]'.repeat(1300)}`,
  'a long sum': `1${'+1'.repeat(2000)}`,
  'a long comparison': `1${'<1'.repeat(2000)}`,
  'a long conjunction': `true${'&&true'.repeat(680)}`,
  conditionals: wrapped('true?1:', '2', '', 580),
  'calls of calls': wrapped('size(', '"a"', ')', 680),
  'a long list': `[${fill('1,', 4080)}1]`,
  'a long text': JSON.stringify('a'.repeat(4000)),
  'a text that does not end': `"${'a'.repeat(4000)}`,
  'many escapes': JSON.stringify('\n'.repeat(2000)),
  'a comment': `//${'a'.repeat(4000)}`,
  'signs without sense': fill('&&||', 4096),
  'a name': 'a'.repeat(4096),
  'many unknown names': fill('lisst||', 4090),
  'a number': '9'.repeat(4096),
  'an expression of 10 kB': fill('true||', 9990) + 'true',
  'brackets of 10 kB': '['.repeat(10_000),
};

describe('an expression', () => {
  for (const [name, source] of Object.entries(hostile)) {
    it(`is held within its bounds: ${name}`, () => {
      let best = Infinity;
      // The least of a few, since neighbours and the compiler of the engine are no matter of the expression.
      for (let time = 0; time < 10 && best > 20; time++) {
        const before = process.threadCpuUsage();
        const steps = stepsOf(source);
        const { user, system } = process.threadCpuUsage(before);
        best = Math.min(best, (user + system) / 1000);
        assert.ok(steps <= limits.steps, `${steps} steps`);
      }
      assert.ok(best < 50, `${best} ms`);
    });
  }
});

/** Compiles and evaluates; refusals and limits are a good end, and anything else is not. */
function stepsOf(source: string): number {
  try {
    return compileCel(source, { variables, result: 'any' }).measure(values).steps;
  } catch (error) {
    if (error instanceof CelIssue || error instanceof CelFailure) return 0;
    throw error;
  }
}
