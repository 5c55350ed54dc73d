use pest::Parser;
fn main(){ for f in std::env::args().skip(1) { let s=std::fs::read_to_string(&f).unwrap(); match trialc::syntax::grammar::Grammar::parse(trialc::syntax::grammar::Rule::file,&s){Ok(p)=>println!("{f} ok {}",p.flatten().count()),Err(e)=>println!("{f} {e}")} } }
