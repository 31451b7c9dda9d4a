import { isAgentFactoryError, type Json, type JsonObject } from '@agent-factory/sdk';
import type { ConditionEvaluator, ConditionTypes, Scorer } from '@agent-factory/sdk/contracts';
import { conditionSchema, defaultEvaluator, evaluatorSchema } from '@agent-factory/sdk/domain';
import { configSchema, defineScorer, type CompileSchema } from './define-scorer.ts';

interface ConditionConfig {
  readonly evaluator: string;
  readonly condition: Json;
}

const types: ConditionTypes = { variables: { output: {}, expected: {}, input: {}, metadata: {}, run: {} } };

/** Whether a condition holds of the answer and the run, by an evaluator that a plugin brings. */
export function conditionScorer(compile: CompileSchema, evaluators: readonly ConditionEvaluator[]): Scorer {
  return defineScorer<ConditionConfig>(compile, {
    name: 'condition',
    description: 'Whether a condition holds of output, expected, input, metadata and run.',
    config: configSchema(
      {
        evaluator: { ...evaluatorSchema, default: defaultEvaluator, description: 'What decides it.' },
        condition: { ...conditionSchema, description: 'Of output, expected, input, metadata and run.' },
      },
      { required: ['condition'] },
    ),
    async prepare({ evaluator: name, condition }, refuse) {
      const evaluator = evaluators.find((one) => one.name === name);
      if (!evaluator) {
        const known = evaluators.map((one) => one.name).join(', ') || 'none';
        throw refuse('/evaluator', `no active plugin brings "${name}"`, `There are: ${known}.`);
      }
      const compiled = await evaluator.compile(condition, types).catch((error: unknown): never => {
        if (!isAgentFactoryError(error)) throw error;
        throw refuse('/condition', error.message.replace(/\.$/, ''), error.fix);
      });
      return {
        judges: 'runs',
        async score({ case: { input, expected = null, metadata = {} }, run }, services) {
          const { output = null } = run;
          const variables: JsonObject = {
            output,
            expected,
            input,
            metadata,
            run: run as unknown as JsonObject, // a run is JSON
          };
          const { value, reason, saw } = await compiled.evaluate(variables, services);
          const facts = reason ?? `It saw ${JSON.stringify(saw).slice(0, 300).toWellFormed()}.`;
          return value === true
            ? { score: 1, reason: `The condition holds. ${facts}` }
            : { score: 0, reason: `The condition does not hold. ${facts}` };
        },
      };
    },
  });
}
