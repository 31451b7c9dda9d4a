import type { Contribution, ValidationProblem } from '@agent-factory/sdk';
import { isAgentFactoryError } from '@agent-factory/sdk';
import type { Guardrail, PreparedGuardrail } from '@agent-factory/sdk/contracts';
import type { GuardrailStage, GuardrailUse } from '@agent-factory/sdk/domain';
import { reasonOf } from '../run/failure.ts';
import { byName } from '../tool/tool-set.ts';

/** A guardrail of an agent, ready to check. */
export interface ReadyGuardrail {
  readonly name: string;
  readonly stages: ReadonlySet<GuardrailStage>;
  /** Only for these tools, at the stages of tools. */
  readonly tools: ReadonlySet<string> | undefined;
  readonly prepared: PreparedGuardrail;
}

/** The guardrails that plugins bring. */
export interface Guardrails {
  /** Makes those of an agent ready; throws what the first wrong one says. */
  prepare(uses: readonly GuardrailUse[]): Promise<readonly ReadyGuardrail[]>;
  /** What is wrong with those of an agent. */
  problems(uses: readonly GuardrailUse[]): Promise<readonly ValidationProblem[]>;
}

/** Creates the guardrails; a name offered twice is refused. */
export function createGuardrails(contributions: readonly Contribution<Guardrail>[]): Guardrails {
  const guardrails = byName(
    contributions,
    'guardrail',
    ({ name }) => name,
    (guardrail) => guardrail,
  );
  const prepareOne = async ({ use, stages, tools, settings = {} }: GuardrailUse): Promise<ReadyGuardrail> => {
    const guardrail = guardrails.get(use);
    if (!guardrail) throw new Error(`the guardrail "${use}" is not there any more`);
    const wanted = new Set(stages ?? guardrail.stages);
    const prepared = await guardrail.prepare(settings);
    return { name: use, stages: wanted, tools: tools && new Set(tools), prepared };
  };
  return {
    prepare: (uses) => Promise.all(uses.map(prepareOne)),
    async problems(uses) {
      const problems: ValidationProblem[] = [];
      for (const [index, use] of uses.entries()) {
        const path = `/guardrails/${index}`;
        const guardrail = guardrails.get(use.use);
        if (!guardrail) {
          const known = [...guardrails.keys()].join(', ');
          const there = known === '' ? 'there is none' : `there are: ${known}`;
          problems.push({
            path: `${path}/use`,
            message: `no active plugin offers the guardrail "${use.use}" (${there})`,
          });
          continue;
        }
        const blind = use.stages?.find((stage) => !guardrail.stages.includes(stage));
        if (blind !== undefined)
          problems.push({
            path: `${path}/stages`,
            message: `"${use.use}" does not look at the stage ${blind}`,
          });
        try {
          await guardrail.prepare(use.settings ?? {});
        } catch (error) {
          const fix = isAgentFactoryError(error) ? { fix: error.fix } : {};
          problems.push({ path: `${path}/settings`, message: reasonOf(error), ...fix });
        }
      }
      return problems;
    },
  };
}
