import type { JsonObject } from '@agent-factory/sdk';
import type { BlueprintPart } from '@agent-factory/sdk/contracts';

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
}

/** A part that was brought. */
export interface BroughtPart {
  readonly part: BlueprintPart;
  readonly name: string;
  /** Hash of what it was made of. */
  readonly made: string;
  /** Hash under which it is kept here; `null` while it is being brought. */
  readonly kept: string | null;
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
