import { type BrowserRuntime, findBrowser } from '@normlayers/browsers';

/** The path of an installed browser; undefined, and a printed reason, where there is none to test with. */
export function browserToTest(runtime: BrowserRuntime): string | undefined {
  try {
    return findBrowser(runtime);
  } catch (error) {
    console.log(`The tests of ${runtime} are left out: ${(error as Error).message}`);
    return undefined;
  }
}
