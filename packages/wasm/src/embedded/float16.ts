// Made by scripts/build-kernels.mjs from assembly/.

/** The kernels for float16, deflated (RFC 1951), in base 64. */
export const KERNELS =
  'bZABR0NRFMf/5577mvU2CyDgbp+iDG2giGcCCBpbNG1jrSZLd6Avk0ofIaAPkgACAY7XeTc4mOfH8z9/188fw5spAaAaXXCMEa5FPJ7d7UzH0/ni3gHMDqjtu/pifjsbnQyvL0H11dVoPEv/2P1l90aOoltzL7jAp74XELhPy4l4QieTRhkBixT9pjxT2wfSoltOgpawASxa2tNS8HrCZmWR7xSXZWxZpJuq0SKFDPTLfaXkJ21uUJ7nH865NcUknP0LZ5WHwKOTXi6jRYo2B9IOqatXrxfaJqzZI2DR5AGwBNYMOLLIF20J36nqli18WuS12qyZDAiARQq9plvgNMWBRQ7lLL34E48t0q3yLdNpLoMO6+2J5JyBkFUTZmnCPw==';
