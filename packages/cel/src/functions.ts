import { any, bool, double, int, listOf, mapOf, text, type CelType } from './cel-type.ts';
import type { CelFunction } from './cel-function.ts';
import { toBoolean, toDouble, toInt, toText } from './conversions.ts';
import * as texts from './text-functions.ts';

const of = (args: readonly CelType[], result: CelType): CelFunction['signatures'][number] => ({
  args,
  result,
});
const method = (
  call: CelFunction['call'],
  ...signatures: CelFunction['signatures'][number][]
): CelFunction => ({
  form: 'method',
  signatures,
  call,
});
const convert = (call: CelFunction['call'], from: readonly CelType[], to: CelType): CelFunction => ({
  form: 'global',
  signatures: from.map((each) => of([each], to)),
  call,
});
const test = of([text, text], bool);

/** Every function of the subset, by name. `matches` is compiled where it stands. */
export const functions: Readonly<Record<string, CelFunction>> = {
  size: {
    form: 'both',
    signatures: [text, listOf(any), mapOf(any)].map((each) => of([each], int)),
    call: texts.size,
  },
  contains: method(texts.contains, test),
  startsWith: method(texts.startsWith, test),
  endsWith: method(texts.endsWith, test),
  matches: { form: 'both', signatures: [test], call: texts.contains },
  lowerAscii: method(texts.lowerAscii, of([text], text)),
  upperAscii: method(texts.upperAscii, of([text], text)),
  trim: method(texts.trim, of([text], text)),
  charAt: method(texts.charAt, of([text, int], text)),
  indexOf: method(texts.indexOf, of([text, text], int), of([text, text, int], int)),
  lastIndexOf: method(texts.lastIndexOf, of([text, text], int), of([text, text, int], int)),
  substring: method(texts.substring, of([text, int], text), of([text, int, int], text)),
  replace: method(texts.replace, of([text, text, text], text), of([text, text, text, int], text)),
  split: method(texts.split, of([text, text], listOf(text)), of([text, text, int], listOf(text))),
  join: method(texts.join, of([listOf(text)], text), of([listOf(text), text], text)),
  int: convert(toInt, [int, double, text], int),
  double: convert(toDouble, [int, double, text], double),
  string: convert(toText, [text, int, double, bool], text),
  bool: convert(toBoolean, [bool, text], bool),
  dyn: convert((_, value) => value, [any], any),
};

/** Functions of CEL, and what their names begin with, that are left out on purpose: refused as such. */
export const leftOut: ReadonlySet<string> = new Set(
  (
    'uint bytes timestamp duration type getFullYear getMonth getDate getDayOfMonth getDayOfWeek getDayOfYear ' +
    'getHours getMinutes getSeconds getMilliseconds format quote reverse distinct sort sortBy flatten slice first ' +
    'last range optMap optFlatMap orValue or hasValue value optional math base64 strings cel proto net regex ' +
    'lists sets google transformMapEntry unwrap unwrapOpt'
  ).split(' '),
);
