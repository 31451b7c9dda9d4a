import type { JsonSchema, PluginContext } from '@agent-factory/sdk';
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

/** What a page takes, and what its frame takes besides: browsers keep a document from most of the network, not from all. */
const [ofPage, ofFrame] = ['console', 'console.frame'];

type Asked<Given> = (given: Given) => Promise<unknown>;

/**
 * A page with its own members and no others, each call of which takes its permissions and ends with them. What the
 * plugin answers is looked at by whoever shows it, as what any plugin answers.
 */
export function fitConsolePage(
  { plugin, ctx, grants }: { plugin: string; ctx: Pick<PluginContext, 'log'>; grants: Grants },
  page: Readonly<Record<string, unknown>>,
): ConsolePage {
  const { id, title, summary, permission } = page as unknown as ConsolePage; // as the schema says
  const held = <Given extends ConsoleRequest>(
    ask: unknown,
    permissions: readonly string[],
  ): Asked<Given> | undefined => {
    if (typeof ask !== 'function') return undefined;
    return async (given) => {
      const granted = permissions.map((one) => grants.require(one, `show the page ${id}`));
      const signal = AbortSignal.any([given.signal, ...granted]);
      return (ask as Asked<Given>)({ ...given, signal }); // as it was registered
    };
  };
  const { html, call } = Object(page['frame']) as Partial<ConsoleFrame>;
  const mayFrame = grants.covering(ofFrame).length > 0;
  const [blocks, submit] = [held(page['blocks'], [ofPage]), held(page['submit'], [ofPage])];
  const frame = { html: held(html, [ofPage, ofFrame]), call: held(call, [ofPage, ofFrame]) };
  if (!blocks && !frame.html) {
    const problems = 'it has neither a function blocks nor a frame with a function html';
    throw errors.AF_ISOLATION_SHAPE({ plugin, id: 'console-page', problems });
  }
  if (frame.html && !mayFrame) {
    grants.note(`show a frame in the page ${id}`);
    ctx.log.warn(
      `It would show a frame in the page ${id}, and was not granted ${ofFrame}; it goes on without.`,
    );
  }
  // What they give is checked where it is shown.
  return {
    id,
    title,
    ...(summary !== undefined && { summary }),
    ...(permission !== undefined && { permission }),
    blocks: blocks ?? (async () => (mayFrame ? [] : [notGranted])),
    ...(submit && { submit }),
    ...(frame.html && mayFrame && { frame: { html: frame.html, ...(frame.call && { call: frame.call }) } }),
  } as ConsolePage;
}

const notGranted = {
  kind: 'text',
  text: `This page is a frame, and its plugin was not granted ${ofFrame}.`,
};
