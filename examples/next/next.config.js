// Native code and files of its own stay where they are.
export default { serverExternalPackages: ["latchkey"], devIndicators: false };
