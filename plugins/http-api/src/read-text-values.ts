import { parse } from 'node:querystring';
import type { JsonSchema } from '@agent-factory/sdk';

/** Text from a URL, turned into the value it stands for; text that stands for none stays, and is refused later. */
type Reading = (text: string) => unknown;

const asText: Reading = (text) => text;
const asBoolean: Reading = (text) => (text === 'true' ? true : text === 'false' ? false : text);
const asNumber: Reading = (text) =>
  /^-?\d{1,20}(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
/** Beyond 2^53 a number stands for its neighbours as well, and no storage takes it for an integer. */
const asInteger: Reading = (text) => {
  const number = asNumber(text);
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? text : number;
};
const readings: Readonly<Record<string, Reading>> = {
  boolean: asBoolean,
  integer: asInteger,
  number: asNumber,
};

interface Property {
  readonly name: string;
  readonly isList: boolean;
  readonly read: Reading;
  /** Stands for what is not there; `undefined`: nothing does. */
  readonly usual: unknown;
}

/** Makes the reader of a route's path parameters: to be checked by their schema, each as what it stands for. */
export function createParameterReader(
  schema: JsonSchema,
): (params: Readonly<Record<string, string>>) => Readonly<Record<string, unknown>> {
  const properties = propertiesOf(schema).filter(({ read }) => read !== asText);
  return (params) => {
    if (properties.length === 0) return params;
    const read: Record<string, unknown> = { ...params };
    for (const { name, read: reading } of properties) {
      const text = params[name];
      if (text !== undefined) read[name] = reading(text);
    }
    return read;
  };
}

/**
 * Makes the reader of a route's query: values as the schema types them, and its defaults. A parameter that is a
 * list is one also when it is given once; any other given twice stays a list, so that its schema refuses it.
 */
export function createQueryReader(schema: JsonSchema): (target: string) => Record<string, unknown> {
  const properties = propertiesOf(schema);
  return (target) => {
    const start = target.indexOf('?');
    const query: Record<string, unknown> = start === -1 ? {} : { ...parse(target.slice(start + 1)) };
    for (const { name, isList, read, usual } of properties) {
      const given = query[name];
      if (given === undefined) {
        if (usual !== undefined) query[name] = structuredClone(usual);
      } else if (isList) {
        query[name] = (typeof given === 'string' ? [given] : (given as string[])).map(read); // text once, or several times
      } else if (typeof given === 'string') {
        query[name] = read(given);
      }
    }
    return query;
  };
}

function propertiesOf(schema: JsonSchema): readonly Property[] {
  return Object.entries(Object(schema['properties']) as Record<string, unknown>).map(([name, value]) => {
    const property = Object(value) as JsonSchema;
    const isList = property['type'] === 'array';
    const { type } = isList ? (Object(property['items']) as JsonSchema) : property;
    const read = typeof type === 'string' ? (readings[type] ?? asText) : asText;
    return { name, isList, read, usual: property['default'] };
  });
}
