import { sourceOf } from "../../components/credential";
import { IssuedCredential } from "./fixtures";

it("records a copy as the token and the generation that it was made from", () => {
  expect(sourceOf(new IssuedCredential("HK_PLATFORM_FULL", "2026-11-22.2"))).toBe(
    "HK_PLATFORM_FULL@2026-11-22.2",
  );
});
