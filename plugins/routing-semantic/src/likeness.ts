import { conditionErrors, type ConditionServices } from '@agent-factory/sdk/contracts';
import { alike, lexicalVector } from './lexical-vector.ts';
import { evaluator } from './semantic-condition.ts';

/**
 * How alike a text is to each example, from 0 to 1. One call for all of them, always the same one for the same text, so
 * that a replay finds it.
 *
 * @param model `provider/model`; nothing for words compared here
 */
export async function likenesses(
  text: string,
  examples: readonly string[],
  model: string | undefined,
  services: ConditionServices | undefined,
): Promise<readonly number[]> {
  if (text.trim() === '') return examples.map(() => 0);
  if (model === undefined) {
    const vector = lexicalVector(text);
    return examples.map((example) => alike(vector, lexicalVector(example)));
  }
  if (services?.embed === undefined) {
    throw conditionErrors.AF_CONDITION_SERVICE_MISSING({ evaluator, service: 'an embedder' });
  }
  const [vector = [], ...others] = await services.embed(model, [text, ...examples]);
  return examples.map((_, at) => cosine(vector, others[at] ?? []));
}

function cosine(a: readonly number[], b: readonly number[]): number {
  let [product, one, two] = [0, 0, 0];
  for (let at = 0; at < a.length; at++) {
    const [x, y] = [a[at] ?? 0, b[at] ?? 0];
    product += x * y;
    one += x * x;
    two += y * y;
  }
  const length = Math.sqrt(one * two);
  return length > 0 ? Math.min(1, Math.max(0, product / length)) : 0;
}
