import type { RunRequest } from '@agent-factory/sdk/contracts';
import type { RunSubject } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';

const maxKeyChars = 255;
const maxMetadataChars = 16_384;
const maxIdChars = 200;

/** What a request asks to be run, and with what; AF_RUN_INPUT_INVALID when it does not name exactly one thing. */
export function targetOf(request: RunRequest): {
  readonly kind: RunSubject['kind'] | 'tool';
  readonly name: string;
  readonly input: RunRequest['input'];
} {
  const kinds = (['agent', 'workflow', 'router', 'tool'] as const).filter((kind) => kind in request);
  const [kind] = kinds;
  if (!kind || kinds.length > 1)
    throw refuse('it must name an agent, a workflow, a router or a tool, and only one of them');
  const { [kind]: name } = request as Partial<Record<typeof kind, unknown>>; // one of them, as was just found
  if (typeof name !== 'string') throw refuse(`the name of the ${kind} is no text`);
  return { kind, name, input: request.input };
}

/** Checks what goes with the input of a request. */
export function checkRequest({ idempotencyKey: key, metadata, session, user }: RunRequest): void {
  if (key !== undefined && (key === '' || key.length > maxKeyChars)) {
    throw refuse(`the idempotency key must have 1 to ${maxKeyChars} characters`);
  }
  if (metadata !== undefined && JSON.stringify(metadata).length > maxMetadataChars) {
    throw refuse(`the metadata is larger than ${maxMetadataChars} characters`);
  }
  for (const [name, id] of Object.entries({ session, user })) {
    if (id === undefined) continue;
    if (id === '' || id.length > maxIdChars || !id.isWellFormed() || id.includes('\0'))
      throw refuse(`the ${name} must have 1 to ${maxIdChars} characters, none of them U+0000`);
  }
}

function refuse(reason: string): Error {
  return errors.AF_RUN_INPUT_INVALID({ reason });
}
