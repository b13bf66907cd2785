import { type BrowserRuntime, findBrowser } from '../src/browser/find-browser';

/** The path of an installed browser; undefined, and a printed reason, where there is none to test with. */
export function browserToTest(runtime: BrowserRuntime): string | undefined {
  try {
    return findBrowser(runtime);
  } catch (error) {
    console.log(`The tests of --runtime ${runtime} are left out: ${(error as Error).message}`);
    return undefined;
  }
}

/** Of tests that start browsers, and some that kill them: where the machine was busy with something else. */
export const TWICE = { retry: 1 };
