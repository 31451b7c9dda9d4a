/**
 * The `agent-factory` command, for programs that want to run it in their own process.
 * @module
 */
export { main } from './program.ts';
