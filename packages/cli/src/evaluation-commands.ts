import { Option, type Command } from 'commander';
import type { CommonOptions } from './boot.ts';
import type { EvaluateOptions, EvaluationListOptions, EvaluationOptions } from './commands/evaluation.ts';

/** Adds `agent-factory evaluation …`: try what there is with suites of cases. */
export function addEvaluationCommands(program: Command, common: () => CommonOptions): void {
  const evaluation = program
    .command('evaluation')
    .description('suites of cases: run, judged, and compared with before');
  const load = () => import('./commands/evaluation.ts');
  const forTenant = (command: Command): Command =>
    command
      .addOption(new Option('--tenant <id>', 'for whom').default('default'))
      .option('--json', 'print JSON');
  const passes = async (work: Promise<boolean>): Promise<void> => {
    // An interrupt has a status of its own.
    if (!(await work)) process.exitCode ??= 1;
  };
  forTenant(evaluation.command('suites'))
    .description('the suites of the tenant and of its installed blueprints')
    .action(async (options: EvaluationOptions) => (await load()).listSuites({ ...common(), ...options }));
  forTenant(evaluation.command('put').argument('<file>', 'the suite: .yaml or .json'))
    .description('keep a suite of the tenant, in place of the one of its name')
    .action(async (file: string, options: EvaluationOptions) =>
      (await load()).putSuite(file, { ...common(), ...options }),
    );
  forTenant(evaluation.command('remove').argument('<suite>', 'a suite of the tenant'))
    .description('forget a suite; evaluations of it stay')
    .action(async (suite: string, options: EvaluationOptions) =>
      (await load()).removeSuite(suite, { ...common(), ...options }),
    );
  forTenant(evaluation.command('list').argument('[suite]', 'only those of this suite'))
    .description('the newest evaluations')
    .option('-n, --limit <number>', 'at most this many (default: 50)')
    .action(async (suite: string | undefined, options: EvaluationListOptions) =>
      (await load()).listEvaluations(suite, { ...common(), ...options }),
    );
  forTenant(evaluation.command('run').argument('<suite>', 'the suite'))
    .description('evaluate a suite; the exit status is 1 when it does not pass')
    .option('--case <names...>', 'only these cases')
    .option('--repeat <number>', 'run each case this often (default: 1)')
    .option('--concurrency <number>', 'runs at the same time (default: 4)')
    .option('--against <id>', 'compare with that evaluation, or with "previous"')
    .action(async (suite: string, options: EvaluateOptions) =>
      passes((await load()).evaluate(suite, { ...common(), ...options })),
    );
  forTenant(evaluation.command('show').argument('<id>', 'the evaluation'))
    .description('an evaluation with its runs and their scores')
    .action(async (id: string, options: EvaluationOptions) =>
      (await load()).showEvaluation(id, { ...common(), ...options }),
    );
  forTenant(
    evaluation.command('compare').argument('<before>', 'an evaluation').argument('<after>', 'another'),
  )
    .description('what became better and worse')
    .action(async (before: string, after: string, options: EvaluationOptions) =>
      (await load()).compareEvaluations(before, after, { ...common(), ...options }),
    );
  forTenant(evaluation.command('cancel').argument('<id>', 'the evaluation'))
    .description('end an evaluation and its runs')
    .action(async (id: string, options: EvaluationOptions) =>
      (await load()).cancelEvaluation(id, { ...common(), ...options }),
    );
}
