import type { Scorer } from '@agent-factory/sdk/contracts';
import type { RunEvent } from '@agent-factory/sdk/domain';
import { configSchema, defineScorer, type CompileSchema } from './define-scorer.ts';
import { shareOf, type Demand } from './share-of.ts';

interface ToolsConfig {
  readonly called?: readonly string[];
  readonly notCalled?: readonly string[];
  readonly inOrder: boolean;
  readonly noOthers: boolean;
}

const names = { type: 'array', minItems: 1, maxItems: 100, items: { type: 'string', minLength: 1 } };

/** The share of demands on which tools are called that are met. */
export function toolsScorer(compile: CompileSchema): Scorer {
  return defineScorer<ToolsConfig>(compile, {
    name: 'tools',
    description: 'Which tools the run called, which it did not, and in which order.',
    config: configSchema(
      {
        called: { ...names, description: 'Each has to be called; one named twice, twice.' },
        notCalled: { ...names, description: 'None of these may be called.' },
        inOrder: { type: 'boolean', default: false, description: 'Those of "called" in this order.' },
        noOthers: { type: 'boolean', default: false, description: 'Only those of "called".' },
      },
      { anyOf: [{ required: ['called'] }, { required: ['notCalled'] }, { required: ['noOthers'] }] },
    ),
    prepare({ called = [], notCalled = [], inOrder, noOthers }) {
      return {
        judges: 'runs',
        async score({ events }) {
          const calls = callsIn(await events());
          const left = [...calls];
          const demands: Demand[] = called.map((tool) => {
            const at = left.indexOf(tool);
            if (at >= 0) left.splice(at, 1);
            return {
              isMet: at >= 0,
              fault: `"${tool}" was not called${called.indexOf(tool) === called.lastIndexOf(tool) ? '' : ' often enough'}`,
            };
          });
          for (const tool of notCalled)
            demands.push({ isMet: !calls.includes(tool), fault: `"${tool}" was called` });
          if (inOrder && called.length > 1)
            demands.push({
              isMet: isInOrder(called, calls),
              fault: `The order was ${calls.join(', ') || 'none'}`,
            });
          if (noOthers) {
            const others = calls.filter((tool) => !called.includes(tool));
            demands.push({ isMet: others.length === 0, fault: `${others.join(', ')} should not be called` });
          }
          return shareOf(demands, `It called ${calls.join(', ') || 'no tools'}.`);
        },
      };
    },
  });
}

/** Names of the tools that were called, in order; a call that was tried again counts once. */
function callsIn(events: readonly RunEvent[]): readonly string[] {
  const seen = new Set<string>();
  return events.flatMap((event) => {
    if (event.type !== 'tool.started') return [];
    const key = `${event.runId} ${event.data.callId}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return [event.data.tool];
  });
}

/** Whether the wanted names stand among the calls in their order, others between them. */
function isInOrder(wanted: readonly string[], calls: readonly string[]): boolean {
  let next = 0;
  for (const call of calls) if (call === wanted[next]) next++;
  return next === wanted.length;
}
