/**
 * Requests to servers outside that reach nothing inside the operator's network.
 * @module
 */
export * from './open-request.ts';
export * from './outbound.ts';
export { outboundErrors } from './outbound-errors.ts';
export * from './public-address.ts';
export * from './url-guard.ts';
