export * from './inspect';
export * from './mend';
