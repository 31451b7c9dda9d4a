import type { JsonSchema } from '../json.ts';

/** A part of a console page, as data: whoever shows it decides how it looks, and nothing in it is taken for markup. */
export type ConsoleBlock =
  | { readonly kind: 'heading'; readonly text: string }
  /** Its line breaks are kept. */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'facts'; readonly facts: readonly ConsoleFact[] }
  | ConsoleTable
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | ConsoleLink
  | ConsoleForm;

/** Something by its name. */
export interface ConsoleFact {
  readonly name: string;
  readonly value: string | number | boolean;
}

/** Rows of one length. */
export interface ConsoleTable {
  readonly kind: 'table';
  /** What it is of. */
  readonly caption: string;
  /** At most 20. */
  readonly columns: readonly string[];
  /** At most 500. */
  readonly rows: readonly (readonly (string | number | boolean)[])[];
}

/** A way to somewhere else. */
export interface ConsoleLink {
  readonly kind: 'link';
  readonly text: string;
  /** `/console`, `/console/<plugin>/<page>`, or an address that begins with `https://`. */
  readonly href: string;
}

/** What a person is to fill in; it goes to `submit` of the page. */
export interface ConsoleForm {
  readonly kind: 'form';
  /** As {@link consolePageIdPattern}. */
  readonly id: string;
  readonly title: string;
  /** At most 30. */
  readonly fields: readonly ConsoleField[];
  /** What stands on its button. */
  readonly button: string;
}

/** One thing to fill in. */
export interface ConsoleField {
  /** A letter, then letters, digits, `_` and `-`; at most 64. */
  readonly name: string;
  readonly label: string;
  /** `long-text` has several lines; `choice` is one of `choices`; `yes-no` gives true or false, `number` a number. */
  readonly type: 'text' | 'long-text' | 'number' | 'choice' | 'yes-no';
  /** One sentence beside the field. */
  readonly help?: string;
  /** What stands in it at first. */
  readonly value?: string | number | boolean;
  /** Whether it must be filled in. Default false. */
  readonly required?: boolean;
  /** For `choice`: at most 100. */
  readonly choices?: readonly string[];
}

/** What names a page, and a form in it. */
export const consolePageIdPattern: RegExp = /^[a-z][a-z0-9-]{0,39}$/;

/** What the name of a form's field looks like. */
export const consoleFieldPattern: RegExp = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

const short: JsonSchema = { type: 'string', minLength: 1, maxLength: 200 };
const long: JsonSchema = { type: 'string', maxLength: 10_000 };
const scalar: JsonSchema = { type: ['string', 'number', 'boolean'], maxLength: 2000 };
const listOf = (items: JsonSchema, maxItems: number): JsonSchema => ({ type: 'array', items, maxItems });
const closed = (
  properties: Readonly<Record<string, JsonSchema>>,
  optional: readonly string[] = [],
): JsonSchema => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  additionalProperties: false,
});
const field = closed(
  {
    name: { type: 'string', pattern: consoleFieldPattern.source },
    label: short,
    type: { enum: ['text', 'long-text', 'number', 'choice', 'yes-no'] },
    help: short,
    value: { type: ['string', 'number', 'boolean'], maxLength: 4000 },
    required: { type: 'boolean' },
    choices: listOf(short, 100),
  },
  ['help', 'value', 'required', 'choices'],
);

const kinds: Readonly<Record<ConsoleBlock['kind'], Readonly<Record<string, JsonSchema>>>> = {
  heading: { text: short },
  text: { text: long },
  facts: { facts: listOf(closed({ name: short, value: scalar }), 100) },
  table: { caption: short, columns: listOf(short, 20), rows: listOf(listOf(scalar, 20), 500) },
  list: { items: listOf({ type: 'string', maxLength: 2000 }, 500) },
  link: {
    text: short,
    href: {
      type: 'string',
      maxLength: 2000,
      pattern:
        '^(?:/console(?:/[a-z][a-z0-9-]{0,63}/[a-z][a-z0-9-]{0,39})?|https://[A-Za-z0-9.-]+(?::\\d{1,5})?(?:[/?#][!#-;=?-\\[\\]_a-z~]*)?)$',
    },
  },
  form: {
    id: { type: 'string', pattern: consolePageIdPattern.source },
    title: short,
    fields: listOf(field, 30),
    button: short,
  },
};

/** JSON Schema of what a page shows: a list of at most 100 of {@link ConsoleBlock}, and nothing else. */
export const consoleBlocksSchema: JsonSchema = listOf(
  {
    type: 'object',
    properties: { kind: { enum: Object.keys(kinds) } },
    required: ['kind'],
    allOf: Object.entries(kinds).map(([kind, properties]) => ({
      if: { properties: { kind: { not: { const: kind } } } },
      else: closed({ kind: {}, ...properties }),
    })),
  },
  100,
);
