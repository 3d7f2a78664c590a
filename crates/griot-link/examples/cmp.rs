use griot_link::name::*;
fn main(){ for l in std::io::stdin().lines(){ let l=l.unwrap(); let v:Vec<&str>=l.split('|').collect(); if v.len()<3 {continue}
 let k=match v[0]{"P"=>NameKind::Person,"O"=>NameKind::Organization,"L"=>NameKind::Place,_=>NameKind::Other};
 let (a,b)=(Name::new(v[1]),Name::new(v[2])); println!("{l}: {:?} {:?}/{:?}",compare(&a,&b,k),a.phonetic_keys(),b.phonetic_keys()); } }
