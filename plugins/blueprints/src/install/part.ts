import { createHash } from 'node:crypto';
import { canonicalJson, type JsonObject } from '@agent-factory/sdk';
import type { BlueprintPart } from '@agent-factory/sdk/contracts';
import type { BlueprintDocument } from '../package/read-documents.ts';

/** A part as a blueprint wants it. */
export interface WantedPart {
  readonly part: BlueprintPart;
  readonly name: string;
  /** Where it is written, from the folder of the blueprint. */
  readonly file: string;
  /** Parameters are filled in. */
  readonly value: JsonObject;
  /** SHA-256 of the value, hex. */
  readonly hash: string;
  /** What it brings into a knowledge base. */
  readonly documents?: readonly BlueprintDocument[];
}

/** A part that was brought. */
export interface BroughtPart {
  readonly part: BlueprintPart;
  readonly name: string;
  /** Hash of what it was made of. */
  readonly made: string;
  /** Hash under which it is kept here; `null` while it is being brought. */
  readonly kept: string | null;
  /** Documents it brought into a knowledge base, each with the hash of its bytes. */
  readonly documents?: Readonly<Record<string, string>>;
}

/** A part as it is here now. */
export interface PartHere {
  readonly hash: string;
  readonly value: JsonObject;
  /** Whether it comes from the operator, and only the operator changes it. */
  readonly isFixed: boolean;
}

/** Names a part among all of them. */
export function keyOf({ part, name }: { readonly part: string; readonly name: string }): string {
  return `${part}/${name}`;
}

/** SHA-256 of a value, hex. */
export function hashOf(value: object): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

/** The hashes of documents by their names. */
export function hashesOf(documents: readonly BlueprintDocument[]): Readonly<Record<string, string>> {
  return Object.fromEntries(documents.map(({ source, hash }) => [source, hash]));
}
