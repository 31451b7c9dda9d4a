import { isAgentFactoryError, type JsonObject } from '@agent-factory/sdk';
import {
  followRun,
  openWaits,
  type AgentRuntime,
  type OpenWait,
  type Principal,
} from '@agent-factory/sdk/contracts';
import { answerOf, type Run, type RunEvent, type TraceContext } from '@agent-factory/sdk/domain';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import type { Offer } from './offers.ts';

/** A call of an offer. */
interface OfferCall {
  readonly offer: Offer;
  readonly input: JsonObject;
  readonly principal: Principal;
  /** Where the call stands in a trace. */
  readonly trace?: TraceContext;
  readonly signal: AbortSignal;
  /** Is told what the run does meanwhile. */
  tell(message: string): Promise<void>;
}

/** Runs what is offered, and waits until it has ended or waits for somebody. */
export async function callOffer(
  runtime: AgentRuntime,
  { offer, input, principal, trace, signal, tell }: OfferCall,
): Promise<CallToolResult> {
  const runs = runtime.tenant(principal.tenant);
  try {
    const wish = { ...offer.target(input), metadata: { askedBy: principal.id } };
    const { id } = await runs.start({ ...wish, ...(trace && { trace }) });
    for await (const event of followRun(runs, id, { signal })) {
      const message = doing(event);
      if (message !== undefined) await tell(message);
    }
    const run = await runs.get(id);
    return resultOf(run, await openWaits(runs, run));
  } catch (error) {
    // What a model can mend is its to read; anything else is an error of the protocol.
    if (!isAgentFactoryError(error) || error.status >= 500) throw error;
    return failed(`${error.message} ${error.fix} (${error.code})`);
  }
}

function doing(event: RunEvent): string | undefined {
  if (event.type === 'run.started') return 'Begins to work.';
  if (event.type === 'tool.started') return `Calls the tool ${event.data.tool}.`;
  if (event.type === 'tool.finished') return `The tool ${event.data.tool} has answered.`;
  return event.type === 'model.requested' ? `Asks ${event.data.provider}/${event.data.model}.` : undefined;
}

function resultOf(run: Run, open: readonly OpenWait[]): CallToolResult {
  const meta = { _meta: { 'agent-factory/run': run.id } };
  const { status, error, output } = run;
  if (status === 'succeeded') {
    const isObject = typeof output === 'object' && output !== null && !Array.isArray(output);
    const content = [{ type: 'text' as const, text: answerOf(run) }];
    return { content, ...(isObject && { structuredContent: output as JsonObject }), ...meta }; // as just looked at
  }
  if (error) return { ...failed(`${error.message} ${error.fix} (${error.code})`), ...meta };
  if (status === 'cancelled') return { ...failed(`The run ${run.id} was cancelled.`), ...meta };
  const detail = open.map(({ wait }) => wait.detail).join(' ');
  const who = open[0]?.run.id ?? run.id;
  const told = `The run ${run.id} waits for somebody, and goes on when they have answered under /api/v1/runs/${who}: ${detail}`;
  return { ...failed(told), ...meta };
}

function failed(text: string): CallToolResult {
  return { isError: true, content: [{ type: 'text', text }] };
}
