import type { Json } from '@agent-factory/sdk';
import { errors } from '../errors.ts';
import { isObject, type JsonObject } from './json-object.ts';

/** The fields of a JSON object that was sent. */
export type Fields = JsonObject;

/** @throws AF_REGISTRY_REQUEST when it is no object */
export function fields(body: Json): Fields {
  if (isObject(body)) return body;
  throw errors.AF_REGISTRY_REQUEST({ reason: 'its body is no JSON object.' });
}

/** A text; without a fallback it must be there. @throws AF_REGISTRY_REQUEST */
export function text(from: Fields, name: string, fallback?: string): string {
  const value = from[name] ?? fallback;
  if (typeof value === 'string' && value.length <= 10_000) return value;
  throw errors.AF_REGISTRY_REQUEST({ reason: `"${name}" must be a text.` });
}

/** One of some texts. @throws AF_REGISTRY_REQUEST */
export function oneOf<const Value extends string>(
  from: Fields,
  name: string,
  values: readonly Value[],
  fallback?: Value,
): Value {
  const found = text(from, name, fallback);
  const value = values.find((each) => each === found);
  if (value === undefined)
    throw errors.AF_REGISTRY_REQUEST({ reason: `"${name}" must be one of ${values.join(', ')}.` });
  return value;
}

/** A list of texts; empty when it is not there. @throws AF_REGISTRY_REQUEST */
export function texts(from: Fields, name: string): string[] {
  const value = from[name] ?? [];
  const isList = Array.isArray(value) && value.length <= 1000;
  if (!isList || value.some((each) => typeof each !== 'string' || each.length > 1000))
    throw errors.AF_REGISTRY_REQUEST({ reason: `"${name}" must be a list of texts.` });
  return value.map(String);
}

/** A whole number within bounds, from a query. @throws AF_REGISTRY_REQUEST */
export function count(query: URLSearchParams, name: string, fallback: number, most: number): number {
  const given = query.get(name);
  if (given === null || given === '') return fallback;
  if (!/^\d{1,15}$/.test(given)) throw errors.AF_REGISTRY_REQUEST({ reason: `"${name}" must be a number.` });
  return Math.min(Number(given), most);
}
