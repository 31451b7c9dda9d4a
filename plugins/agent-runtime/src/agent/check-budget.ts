import { errors } from '../errors.ts';
import type { RunProgress } from '../run/run-progress.ts';

const nanoPerUsd = 1e9;

/** Throws when a run may not ask a model once more. */
export function checkBudget({ limits, run }: RunProgress, turn: number): void {
  const { turns, tokens, costUsd } = limits;
  if (turns !== undefined && turn > turns) throw errors.AF_RUN_LIMIT_TURNS({ max: turns });
  const used = run.usage.inputTokens + run.usage.outputTokens;
  if (tokens !== undefined && used >= tokens) throw errors.AF_RUN_LIMIT_TOKENS({ used, max: tokens });
  if (costUsd === undefined || !run.cost) return;
  if (run.cost.unpriced > 0) throw errors.AF_RUN_COST_UNKNOWN({ calls: run.cost.unpriced });
  const spent = run.cost.nanoUsd / nanoPerUsd;
  if (spent >= costUsd) throw errors.AF_RUN_LIMIT_COST({ spent: spent.toFixed(6), max: costUsd });
}
