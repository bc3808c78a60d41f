//! An RSA root and a secp256k1 attestation certificate that it signed, as a deployed authenticator has them. Made with
//! OpenSSL, because no library of the tests signs with RSA; the leaf's key is the tests' key 201.

use base64::{Engine as _, engine::general_purpose::STANDARD};

const ROOT: &str = "\
     MIIC7TCCAdWgAwIBAgIBATANBgkqhkiG9w0BAQsFADAYMRYwFAYDVQQDDA10ZXN0IFJTQSByb290MB4XDTI0MDEwMTAwMDAwMFoX\
     DTMwMDEwMTAwMDAwMFowGDEWMBQGA1UEAwwNdGVzdCBSU0Egcm9vdDCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBAJRh\
     +FAgddGhlpCXZDXqkuW4RiNNSTG0sG4hSb6ZMmyVsm+0s5gmU2CTYNpgtu+RutXGm6jZGXDDhFwpPnVNyVda9c/RlaS7ivB5asrS\
     kcedK6U4KREEgbr4ntzk9Pzy/iKca+M7InB+/mgJwv/RI00DDkj1/cXvY+QA/Xq4lcp5uqPiIWQtbDyJis29PX1TLHuPzl1/iGfN\
     UMTq8wHOuC4W3OIKCuQot5layO5PAutPIh3iIXkodSb1sgfftv+MXzSteAAZWTVserDqGulTuvbUTCRGnmCwirjhIeDEYFzKNj67\
     tUPMldlmqANHWeWvVFYSRl+DgF5s9yfxvyKsaF8CAwEAAaNCMEAwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAgQwHQYD\
     VR0OBBYEFNw1cEL17G9WxdMtYRf//sw25GRYMA0GCSqGSIb3DQEBCwUAA4IBAQCCZ+Kh0V5W53s7edf8DjFF2h3Fpu/gRTxiZdEZ\
     6LCAu8rpeXLz70X9BmrXZKDB3f5by2zzK3fxQpylZirWu11boKNcbJ00YDgsVmac1+xGVT81myUczmHgo7MWDsrEqAavZJylzJ2P\
     NzhOKitf08+wMXF6g5Ogu2j8UNGd8juIc2CwOqXFjfTj7T/YwvlfO9jmAsqlURL6qLqjYL75f4eeHaF6CmzyaMZ/+5oCQ27V8bWm\
     ZujyogQNt5Vsomb1rjWsw89VXBP2JCCP6j62RyoOoKeaX26ArswRp+h/tP6OqQxFmAQ9p/XFayfjxCuCl6+JcxD1HZPbWXDt+AdJ\
     gQJX\
     ";

const LEAF: &str = "\
     MIICNTCCAR2gAwIBAgIBAjANBgkqhkiG9w0BAQsFADAYMRYwFAYDVQQDDA10ZXN0IFJTQSByb290MB4XDTI0MDEwMTAwMDAwMFoX\
     DTMwMDEwMTAwMDAwMFowHjEcMBoGA1UEAwwTdGVzdCBzZWNwMjU2azEgbGVhZjBWMBAGByqGSM49AgEGBSuBBAAKA0IABGsydPdu\
     PGtryqrPNBVgixt18OcXPVBeLHfwyJgbGsQ8215hdHiCRD7Q+DyAt5zcT4YLjdXFhm6y8bAbbia4Ne6jUjBQMA4GA1UdDwEB/wQE\
     AwIHgDAdBgNVHQ4EFgQUfbYTGm0+rr7zfqbweiByDzO4wM8wHwYDVR0jBBgwFoAU3DVwQvXsb1bF0y1hF//+zDbkZFgwDQYJKoZI\
     hvcNAQELBQADggEBAIA+HOz8UGltu5bTfboMqMEWYJvSZYpjTMJ5a/PzWsGh/AQ/gbUNon/2KBXkEzvXVQrAxuHJu7pQPdQL/V2O\
     bO0Zo2bX4u/6dEF6RyN/BmrSjSWxRougK7llsjNtlGLN9kDYhXFhywOc5Gd4lP+MCV9Ta9ZztxksdM8RMmZCpiyFwQ9zImvbsk5j\
     oHjoWe2zMLr+na3WEosnYhhW3whm6N/fMPT1khuK+745O9FGdXjIUq3WcGFMb8GgjJBVlgkP44V4T4mx3JVInDBEkg72G91YOtZQ\
     8vADXs118wE6XkbJoB2KG6mTNPwkJTAn63qzT974aeryr9Aur8LKDLslTqg=\
     ";

/// The root in DER.
pub fn rsa_root() -> Vec<u8> {
    STANDARD.decode(ROOT).expect("the constant is base64")
}

/// The certificate that it issued, in DER.
pub fn rsa_issued_leaf() -> Vec<u8> {
    STANDARD.decode(LEAF).expect("the constant is base64")
}
