import { debianProgram } from './debian-program.ts';

/** The file of `promtool`, which comes with Prometheus; fails with what to do where none can be had. */
export async function promtool(): Promise<string> {
  const { file } = await debianProgram({
    name: 'promtool',
    debianPackage: 'prometheus',
    needsLibraries: false,
    variable: 'TEST_PROMTOOL',
    otherwise: 'macOS: brew install prometheus',
  });
  return file;
}
