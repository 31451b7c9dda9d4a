import type { Validator } from '@agent-factory/sdk';
import type { Blueprints, Evaluations } from '@agent-factory/sdk/contracts';
import { createTenantSuites } from './suite/tenant-suites.ts';
import { createTenantEvaluations } from './tenant-evaluations.ts';
import type { CarryOutParts } from './work/carry-out.ts';
import type { Workers } from './work/workers.ts';

/** What evaluations stand on. */
export interface EvaluationsParts extends Pick<CarryOutParts, 'runtime' | 'scorers' | 'useTenant'> {
  readonly blueprints: Blueprints | undefined;
  readonly workers: Workers;
  /** By the schema of suites. */
  readonly schema: Validator;
}

/** Creates the evaluations of all tenants. */
export function createEvaluations(parts: EvaluationsParts): Evaluations {
  const { runtime, scorers, useTenant, blueprints, workers, schema } = parts;
  return {
    tenant(tenant) {
      const runs = runtime.tenant(tenant);
      const check = { schema, scorers, definitions: runs.definitions };
      const suites = createTenantSuites({
        tenant,
        useTenant,
        blueprints: blueprints?.tenant(tenant),
        check,
      });
      return createTenantEvaluations({ tenant, useTenant, runs, suites, workers });
    },
  };
}
