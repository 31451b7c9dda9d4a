import type { BlueprintProblem } from '@agent-factory/sdk/contracts';
import { blueprintErrors as errors } from '@agent-factory/sdk/contracts';

/** A problem in one line. */
function problemLine({ file, path, message, fix }: BlueprintProblem): string {
  const place = [file, path.slice(1)].filter((one) => one !== undefined && one !== '').join(' ');
  return `${place || 'the blueprint'}: ${message.replace(/\.$/, '')}${fix === undefined ? '' : `. ${fix}`}`;
}

/** The error for a blueprint that cannot be had as it is. */
export function invalid(name: string, problems: readonly BlueprintProblem[]): Error {
  const list = problems.map(problemLine).join('\n');
  return errors.AF_BLUEPRINT_INVALID({ name, count: problems.length, list, problems });
}
