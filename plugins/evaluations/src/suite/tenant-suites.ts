import type { ValidationProblem } from '@agent-factory/sdk';
import {
  evaluationErrors as errors,
  type ChangeCondition,
  type KeptSuite,
  type TenantBlueprints,
  type UseTenant,
} from '@agent-factory/sdk/contracts';
import type { EvaluationSuite } from '@agent-factory/sdk/domain';
import { dropSuite, keepSuite, listSuites } from '../store/suite-rows.ts';
import { invalidSuite, suiteProblems, type SuiteCheck } from './check-suite.ts';

/** What the suites of a tenant stand on. */
export interface TenantSuitesParts {
  readonly tenant: string;
  readonly useTenant: UseTenant;
  /** Left out where no plugin installs blueprints. */
  readonly blueprints: TenantBlueprints | undefined;
  readonly check: SuiteCheck;
}

/** The suites of a tenant. */
export interface TenantSuites {
  list(): Promise<readonly KeptSuite[]>;
  /** The one of that name, which comes from one place. */
  get(name: string): Promise<KeptSuite>;
  problems(suite: unknown): Promise<readonly ValidationProblem[]>;
  put(value: unknown, condition?: ChangeCondition<EvaluationSuite>): Promise<KeptSuite>;
  remove(name: string, condition?: ChangeCondition<EvaluationSuite>): Promise<void>;
}

/** Creates them: the tenant's own, and those of its blueprints. */
export function createTenantSuites({
  tenant,
  useTenant,
  blueprints,
  check,
}: TenantSuitesParts): TenantSuites {
  const fromBlueprints = async (): Promise<readonly KeptSuite[]> =>
    ((await blueprints?.suites()) ?? []).map(({ blueprint, suite }) => ({
      suite,
      source: 'blueprint',
      blueprint,
    }));
  const list = async (): Promise<readonly KeptSuite[]> => {
    const own = (await useTenant(tenant, listSuites)).map((suite): KeptSuite => ({
      suite,
      source: 'tenant',
    }));
    const all = [...own, ...(await fromBlueprints())];
    return all.sort((one, other) => (one.suite.name < other.suite.name ? -1 : 1));
  };
  const refuseFixed = async (name: string): Promise<void> => {
    const fixed = (await fromBlueprints()).find(({ suite }) => suite.name === name);
    if (fixed?.blueprint === undefined) return;
    throw errors.AF_EVALUATION_SUITE_FIXED({ name, blueprint: fixed.blueprint });
  };
  const unknown = async (name: string): Promise<Error> => {
    const known = (await list()).map(({ suite }) => suite.name).join(', ') || 'none';
    return errors.AF_EVALUATION_SUITE_UNKNOWN({ name, known });
  };
  return {
    list,
    async get(name) {
      const [found, ...others] = (await list()).filter(({ suite }) => suite.name === name);
      if (!found) throw await unknown(name);
      if (others.length === 0) return found;
      const places = [found, ...others].map(({ blueprint }) =>
        blueprint === undefined ? 'the tenant' : `the blueprint ${blueprint}`,
      );
      throw errors.AF_EVALUATION_SUITE_AMBIGUOUS({ name, places: places.join(', ') });
    },
    problems: (suite) => suiteProblems(suite, check),
    async put(value, condition = {}) {
      const problems = await suiteProblems(value, check);
      if (problems.length > 0) throw invalidSuite(nameOf(value), problems);
      const suite = value as EvaluationSuite; // it was checked
      await refuseFixed(suite.name);
      await useTenant(tenant, (database) => keepSuite(database, suite, condition));
      return { suite, source: 'tenant' };
    },
    async remove(name, condition = {}) {
      if (await useTenant(tenant, (database) => dropSuite(database, name, condition))) return;
      await refuseFixed(name);
      condition.check?.(undefined);
      throw await unknown(name);
    },
  };
}

function nameOf(value: unknown): string {
  const { name } = Object(value) as { readonly name?: unknown };
  return typeof name === 'string' ? name : '';
}
