import { createHash } from 'node:crypto';
import type { Json } from '../json.ts';
import { preconditionErrors } from './precondition-errors.ts';
import type { HttpRequest } from './http-route.ts';

/** When a change is made. */
export interface ChangeCondition<Thing> {
  /**
   * Given what is there, `undefined` for nothing, while nobody else can change it. Where it throws nothing is changed,
   * and the change fails with what it threw. Default: the change is made.
   */
  check?(found: Thing | undefined): void;
}

/**
 * The entity tag (RFC 9110, 8.8.3) of a text: the same for the same text, in all processes.
 *
 * @param text - what somebody sets
 * @param all - the whole body, where it also tells of what changes by itself. It is said behind a `~`: 304 goes by both,
 *   a precondition by what is before it
 */
export function entityTag(text: string, all?: string): string {
  return all === undefined ? `"${hashOf(text)}"` : `"${hashOf(text)}~${hashOf(all)}"`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

/**
 * What a request asks to be so before a thing is changed, by the tag that the GET route of the thing answers with. Where
 * that is not so the change fails with AF_HTTP_PRECONDITION_FAILED, which the route lists among its errors.
 *
 * @param request - of a route that says `preconditions`
 * @param shown - what the tag is of that the GET route answers with: its body, where the route says `revalidates` and
 *   gives no `etag` of its own
 *
 * @example
 * ```ts
 * declare const notes: { put(id: string, text: string, condition?: ChangeCondition<{ text: string }>): Promise<void> };
 * const handler = async (request: HttpRequest) => {
 *   await notes.put('n1', 'new', conditionOf(request, ({ text }) => ({ text })));
 *   return { body: { text: 'new' } };
 * };
 * ```
 */
export function conditionOf<Thing>(
  { precondition }: Pick<HttpRequest, 'precondition'>,
  shown: (thing: Thing) => Json,
): ChangeCondition<Thing> {
  if (!precondition) return {};
  return {
    check(found) {
      const tag = found === undefined ? undefined : entityTag(JSON.stringify(shown(found)));
      if (precondition(tag)) return;
      const is = tag === undefined ? 'is not there' : `has the etag ${tag}`;
      throw preconditionErrors.AF_HTTP_PRECONDITION_FAILED({ is });
    },
  };
}
