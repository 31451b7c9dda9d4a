import type { JsonSchema } from '@agent-factory/sdk';
import {
  consolePageIdPattern,
  permissionNamePattern,
  type ConsoleFrame,
  type ConsolePage,
  type ConsoleRequest,
} from '@agent-factory/sdk/contracts';
import { errors } from './errors.ts';
import type { Grants } from './grants.ts';

/** What a page says of itself. */
export const consolePageSchema: JsonSchema = {
  required: ['id', 'title'],
  properties: {
    id: { type: 'string', pattern: consolePageIdPattern.source },
    title: { type: 'string', minLength: 1, maxLength: 100 },
    summary: { type: 'string', maxLength: 300 },
    permission: { type: 'string', pattern: permissionNamePattern.source },
    frame: { type: 'object' },
  },
};

type Asked<Given> = (given: Given) => Promise<unknown>;

/**
 * A page with its own members and no others, each call of which takes the permission `console` and ends with it. What
 * the plugin answers is looked at by whoever shows it, as what any plugin answers.
 */
export function fitConsolePage(
  plugin: string,
  grants: Grants,
  page: Readonly<Record<string, unknown>>,
): ConsolePage {
  const { id, title, summary, permission } = page as unknown as ConsolePage; // as the schema says
  const frame = Object(page['frame']) as Partial<ConsoleFrame>;
  const held = <Given extends ConsoleRequest>(ask: unknown): Asked<Given> | undefined => {
    if (typeof ask !== 'function') return undefined;
    return async (given) => {
      const granted = grants.require('console', `show the page ${id}`);
      const { signal } = given;
      return (ask as Asked<Given>)({ ...given, signal: AbortSignal.any([signal, granted]) }); // as it was registered
    };
  };
  const [blocks, submit] = [held(page['blocks']), held(page['submit'])];
  const [html, call] = [held(frame.html), held(frame.call)];
  if (!blocks && !html) {
    const problems = 'it has neither a function blocks nor a frame with a function html';
    throw errors.AF_ISOLATION_SHAPE({ plugin, id: 'console-page', problems });
  }
  // What they give is checked where it is shown.
  return {
    id,
    title,
    ...(summary !== undefined && { summary }),
    ...(permission !== undefined && { permission }),
    ...(blocks && { blocks }),
    ...(submit && { submit }),
    ...(html && { frame: { html, ...(call && { call }) } }),
  } as ConsolePage;
}
