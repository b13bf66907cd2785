// What is used of jasmine-core, which has no types of its own.
declare module 'jasmine-core/lib/jasmine-core/jasmine.js' {
  export interface Spec {
    readonly fullName: string;
    readonly status: string;
    readonly failedExpectations: readonly { readonly message: string }[];
  }

  export interface JasmineEnv {
    configure(configuration: { random: boolean }): void;
    addReporter(reporter: { specDone(spec: Spec): void }): void;
    execute(): Promise<unknown>;
  }

  interface Required {
    core(required: Required): { getEnv(): JasmineEnv };
    interface(jasmine: object, env: JasmineEnv): Readonly<Record<string, (...given: unknown[]) => void>>;
  }

  const required: Required;
  export default required;
}
