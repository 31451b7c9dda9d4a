import { isAgentFactoryError, type Json, type ValidationProblem } from '@agent-factory/sdk';
import type {
  CompiledChoice,
  CompiledCondition,
  ConditionEvaluator,
  ConditionOption,
  ConditionTypes,
} from '@agent-factory/sdk/contracts';
import type { InputMapping } from '@agent-factory/sdk/domain';
import { reasonOf } from '../run/failure.ts';
import { unknownEvaluator, type Evaluators } from './conditions.ts';

type Variables = ConditionTypes['variables'];

/** A choice that was checked, and who makes it. */
export interface ReadyChoice {
  readonly evaluator: string;
  /** Whether it asks models; then its answer is an effect like any other. */
  readonly asks: boolean;
  readonly choice: CompiledChoice;
}

/** A mapping that was checked: each name with what makes its value. */
export type ReadyMapping = readonly (readonly [string, CompiledCondition])[];

/** Makes the expressions and conditions of one definition ready, and gathers all that is wrong with them. */
export class ConditionCompiler {
  /** Everything that is wrong, with paths into the definition. */
  readonly problems: ValidationProblem[] = [];
  readonly #evaluators: Evaluators;
  readonly #name: string;

  /** `name`: the definition's own evaluator, named at `/evaluator`. */
  constructor(evaluators: Evaluators, name: string) {
    this.#evaluators = evaluators;
    this.#name = name;
  }

  /** An expression that gives any value. */
  value(path: string, expression: Json, variables: Variables): Promise<CompiledCondition | undefined> {
    return this.#expression(path, expression, { variables, result: 'any' });
  }

  /** An expression that gives true or false. */
  condition(path: string, expression: Json, variables: Variables): Promise<CompiledCondition | undefined> {
    return this.#expression(path, expression, { variables, result: 'boolean' });
  }

  /** Each value of a mapping. */
  async mapping(path: string, mapping: InputMapping, variables: Variables): Promise<ReadyMapping> {
    const ready: (readonly [string, CompiledCondition])[] = [];
    for (const [name, expression] of Object.entries(mapping)) {
      const value = await this.value(`${path}/${pointerStep(name)}`, expression, variables);
      if (value) ready.push([name, value]);
    }
    return ready;
  }

  /** A choice between options, each with its place; by another evaluator, if one is named. */
  async choice(
    options: readonly (ConditionOption & { readonly path: string })[],
    variables: Variables,
    named: { readonly name?: string; readonly path?: string } = {},
  ): Promise<ReadyChoice | undefined> {
    const { name = this.#name, path = '/evaluator' } = named;
    const evaluator = this.#named(name, path);
    if (!evaluator) return undefined;
    try {
      const plain = options.map(({ path: _place, ...option }) => option);
      const choice = await evaluator.compileChoice(plain, { variables });
      return { evaluator: name, asks: !evaluator.deterministic, choice };
    } catch (error) {
      this.problems.push(
        problemOf(error, (inside) => {
          const [, index = '0', rest = ''] = /^\/(\d+)(.*)$/.exec(inside) ?? [];
          return (options[Number(index)]?.path ?? '') + rest;
        }),
      );
      return undefined;
    }
  }

  async #expression(
    path: string,
    expression: Json,
    types: ConditionTypes,
  ): Promise<CompiledCondition | undefined> {
    const evaluator = this.#named(this.#name, '/evaluator');
    if (!evaluator) return undefined;
    if (!evaluator.deterministic) {
      this.#tell({
        path: '/evaluator',
        message: `the evaluator "${evaluator.name}" asks models, and values have to be calculated`,
        fix: 'Name one that calculates.',
      });
      return undefined;
    }
    try {
      return await evaluator.compile(expression, types);
    } catch (error) {
      this.problems.push(problemOf(error, (inside) => path + inside));
      return undefined;
    }
  }

  #named(name: string, path: string): ConditionEvaluator | undefined {
    const evaluator = this.#evaluators.get(name);
    if (evaluator) return evaluator;
    const { message, fix } = unknownEvaluator(name, this.#evaluators);
    this.#tell({ path, message, fix });
    return undefined;
  }

  /** Once, however many conditions it is about. */
  #tell(problem: ValidationProblem): void {
    if (!this.problems.some(({ path, message }) => path === problem.path && message === problem.message))
      this.problems.push(problem);
  }
}

function problemOf(error: unknown, placeOf: (inside: string) => string): ValidationProblem {
  if (!isAgentFactoryError(error)) return { path: placeOf(''), message: reasonOf(error) };
  const { message, fix, details } = error;
  const inside = details['path'];
  return { path: placeOf(typeof inside === 'string' ? inside : ''), message, fix };
}

function pointerStep(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
